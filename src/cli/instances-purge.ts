import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { field, rowsOf } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import { RESOURCE_COLUMNS } from './columns.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { EXIT } from './exit-code.ts'
import { instanceText } from './instances-show.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'
import { table } from './table.ts'

export async function instancesPurge({ arguments: { ID = '' }, options }: Input): Promise<number> {
  const instance = await askBroker({ path: ['instances', ID] })
  const id = field(instance, 'id')
  if (!options['yes'])
    await confirmTyped(
      `${instanceText(instance)}\nThe broker forgets it without asking its provider. What stands there stays, and costs.\n`,
      field(instance, 'osbId')
    )
  const purged = await askBroker({ method: 'POST', path: ['instances', id, 'purge'] })
  if (options['json']) printJson(purged)
  else print(purgedText(purged))
  return EXIT.ok
}

function purgedText(purged: JsonObject): string {
  const stays = isObject(purged['stays']) ? purged['stays'] : {}
  const resources = rowsOf(stays, 'resources')
  const head = `${printable(field(purged, 'osbId'))} of ${printable(field(purged, 'platform'))} is forgotten.\n`
  if (resources.length === 0) return `${head}Nothing of it stands at a provider.\n`
  const logins = Array.isArray(stays['logins']) ? stays['logins'].map(String).map(printable) : []
  const inside = logins.length === 0 ? '' : `Logins inside: ${logins.join(', ')}\n`
  return `${head}This may stay at the provider:\n${table(RESOURCE_COLUMNS, resources)}${inside}portolan drift lists what does, to be adopted again or deleted.\n`
}
