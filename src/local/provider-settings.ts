import type { JsonObject } from '../contract/json.ts'
import { MANAGED_ROOT } from './managed-root.ts'
import type { LocalName, LocalRecord } from './record.ts'
import { MAX_CONNECTIONS } from './settings-file.ts'

/** Settings of the adapter `postgresql-server`, as an operator would write them for a server of their own. */
export function settingsOf(record: LocalRecord): Record<LocalName, JsonObject> {
  return { berlin: settingsFor('berlin', record), paris: settingsFor('paris', record) }
}

function settingsFor(name: LocalName, record: LocalRecord): JsonObject {
  const { port, password } = record.servers[name]
  return {
    servers: [
      {
        name: 'main',
        region: `${name}-1`,
        host: '127.0.0.1',
        port,
        user: MANAGED_ROOT,
        password,
        maintenanceDatabase: 'postgres',
        network: 'private',
        maxConnections: MAX_CONNECTIONS
      }
    ]
  }
}
