import { randomUUID } from 'node:crypto'
import { auditTable } from './audit.ts'
import { auditChainTable } from './audit-chain.ts'
import { bindingTable } from './bindings.ts'
import { driftTable } from './drifts.ts'
import { instanceTable } from './instances.ts'
import { leaseTable } from './leases.ts'
import { lookTable } from './looks.ts'
import { operationTable } from './operations.ts'
import { orphanTable } from './orphans.ts'
import { planRevisionTable } from './plan-revisions.ts'
import { platformTable } from './platforms.ts'
import { pollTable } from './polls.ts'
import { resourceTable } from './resources.ts'
import { CannotOpen, type Seal } from './seal.ts'
import type { Database } from './session.ts'
import { settingTable } from './settings.ts'
import { signingKeyTable } from './signing-keys.ts'
import { switchTable } from './switches.ts'

export type Store = ReturnType<typeof openStore>

/** The tables over one database, sealed by one key ring. */
export function openStore(database: Database, seal: Seal) {
  const settings = settingTable()
  return {
    database,
    seal,
    audit: auditTable(),
    auditChain: auditChainTable(seal, settings),
    bindings: bindingTable(seal),
    drifts: driftTable(),
    instances: instanceTable(seal),
    leases: leaseTable(),
    looks: lookTable(),
    operations: operationTable(seal),
    orphans: orphanTable(),
    planRevisions: planRevisionTable(),
    platforms: platformTable(),
    polls: pollTable(),
    resources: resourceTable(seal),
    settings,
    signingKeys: signingKeyTable(),
    switches: switchTable()
  }
}

export const CANARY = { table: 'settings', column: 'value', row: 'canary' }

/** Makes sure that the keys are the store's own, and answers this broker's id. A wrong key stops the start. */
export async function recogniseStore(store: Store): Promise<{ readonly brokerId: string }> {
  return store.database.write(async (session) => {
    await store.settings.keepFirst(session, 'broker', randomUUID())
    await store.settings.keepFirst(session, 'canary', store.seal.seal(CANARY, 'canary'))
    const canary = await store.settings.get(session, 'canary')
    if (store.seal.open(CANARY, canary ?? '') !== 'canary')
      throw new CannotOpen('the canary of the store is wrong')
    return { brokerId: (await store.settings.get(session, 'broker')) ?? '' }
  })
}

/** Throws `CannotOpen` when the keys are not the store's own; changes nothing. True for a store that was never used. */
export async function isSealedBy(store: Store): Promise<boolean> {
  const canary = await store.database.read((session) => store.settings.get(session, 'canary'))
  return canary === undefined || store.seal.open(CANARY, canary) === 'canary'
}
