import type { JsonObject } from '../contract/json.ts'
import { field, rowsOf, time } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import { BINDING_COLUMNS, OPERATION_COLUMNS, RESOURCE_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { print, printJson } from './output.ts'
import { type Column, list, table } from './table.ts'

export async function instancesShow({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const instance = await askBroker({ path: ['instances', ID] })
  if (options['json']) printJson(instance)
  else print(instanceText(instance))
  return 0
}

export function instanceText(instance: JsonObject): string {
  const entries: readonly (readonly [string, string])[] = [
    ['id', field(instance, 'id')],
    ['platform', field(instance, 'platform')],
    ['its id there', field(instance, 'osbId')],
    ['state', `${field(instance, 'state')}${instance['usable'] === false ? ', not usable' : ''}`],
    ['plan', `${field(instance, 'plan')} (${field(instance, 'planId')})`],
    ['provider', `${field(instance, 'provider')}, ${field(instance, 'region')}`],
    ['organization', field(instance, 'organization')],
    ['space', field(instance, 'space')],
    ['last switch', field(instance, 'lastSwitch')],
    ['created', time(instance, 'createdAt')],
    ['ready', time(instance, 'readyAt')],
    ['deleted', time(instance, 'deletedAt')]
  ]
  return [
    list(entries),
    section('Resources', RESOURCE_COLUMNS, rowsOf(instance, 'resources')),
    section('Bindings', BINDING_COLUMNS, rowsOf(instance, 'bindings')),
    section('Operations', OPERATION_COLUMNS, rowsOf(instance, 'operations'))
  ].join('')
}

/** Nothing where there are no rows. */
export function section(
  title: string,
  columns: readonly Column<JsonObject>[],
  rows: readonly JsonObject[]
): string {
  return rows.length === 0 ? '' : `\n${title}\n${table(columns, rows)}`
}
