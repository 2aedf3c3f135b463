import { join } from 'node:path'
import type { LocalLog } from './local-log.ts'
import type { Memory } from './memory.ts'
import { raiseServer } from './raise-server.ts'
import { recordPath, type ServerRecord } from './record.ts'
import type { RunningServer } from './run-server.ts'
import type { Software } from './software.ts'

/** A server whose port was told when it was recorded. */
export function raiseExtra(
  name: string,
  software: Software,
  { place, dataDir, record: { servers }, remember }: Memory,
  log: LocalLog
): Promise<RunningServer> {
  const record = servers[name] as ServerRecord
  const server = {
    name,
    data: join(place.folder, name),
    port: record.port,
    logFile: join(place.folder, `${name}.log`),
    recordFile: recordPath(dataDir),
    software,
    user: place.user
  }
  return raiseServer(server, {
    record,
    log,
    remember: (change) => remember(name, change),
    isPortTold: true
  })
}
