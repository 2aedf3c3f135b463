import { disk, gateway, monitor, type Store } from './ceph.ts'
import { clusterIdOf } from './ceph-keys.ts'
import { writeCephSettings } from './ceph-settings.ts'
import { STORE_SERVERS } from './extra-settings.ts'
import type { Programs } from './found-programs.ts'
import type { LocalLog } from './local-log.ts'
import type { Memory } from './memory.ts'
import { raiseExtra } from './raise-extra.ts'
import { LOCAL_NAMES, type ServerRecord } from './record.ts'
import type { RunningServer } from './run-server.ts'

/** The object store of berlin and paris: each of its servers needs the one before it. */
export async function raiseStore(memory: Memory, programs: Programs, log: LocalLog): Promise<RunningServer> {
  const store = storeOf(memory, programs)
  const isNew = memory.record.servers[STORE_SERVERS.gateway]?.hasStarted !== true
  if (isNew) log('the object storage of berlin and paris is made, which takes some ten seconds')
  const running: RunningServer[] = []
  const stop = () => stopInTurn(running.toReversed())
  try {
    running.push(await raiseExtra(STORE_SERVERS.monitor, monitor(store), memory, log))
    running.push(await raiseExtra(STORE_SERVERS.disk, disk(store), memory, log))
    const entrance = await raiseExtra(STORE_SERVERS.gateway, gateway(store), memory, log)
    running.push(entrance)
    const { pid, isAdopted } = entrance
    log('the object storage of berlin and paris is ready', { adopted: isAdopted })
    return { pid, isAdopted, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What outlives the one it needs waits for it in vain. */
async function stopInTurn(servers: readonly RunningServer[]): Promise<void> {
  for (const each of servers) await each.stop()
}

function storeOf({ record, place }: Memory, programs: Programs): Store {
  const { password } = record.servers[STORE_SERVERS.gateway] as ServerRecord
  const { port } = record.servers[STORE_SERVERS.monitor] as ServerRecord
  const settingsFile = writeCephSettings(place.folder, clusterIdOf(password), port)
  return { programs, settingsFile, password, accounts: LOCAL_NAMES }
}
