import type { JsonObject } from '../contract/json.ts'
import { field, time } from './answer.ts'
import { list } from './table.ts'

export function operationText(operation: JsonObject): string {
  const of = (name: string) => field(operation, name)
  return list([
    ['id', of('id')],
    ['kind', of('kind')],
    ['state', of('state')],
    ['stage', of('state') === 'in progress' ? of('stage') : ''],
    ['description', of('description')],
    ['failure', of('failure')],
    ['failures', of('failures') === '0' ? '' : `${of('failures')} in a row`],
    ['platform', of('platform')],
    ['provider', of('provider')],
    ['instance', both(of('instance'), of('osbInstance'))],
    ['binding', both(of('binding'), of('osbBinding'))],
    ['waits for', of('waitsFor')],
    ['created', time(operation, 'createdAt')],
    ['looked at', time(operation, 'dueAt')],
    ['deadline', of('state') === 'in progress' ? time(operation, 'deadlineAt') : ''],
    ['ended', time(operation, 'endedAt')]
  ])
}

function both(id: string, osbId: string): string {
  return osbId === '' ? id : `${id} (there: ${osbId})`
}
