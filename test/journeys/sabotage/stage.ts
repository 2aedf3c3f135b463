import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { brokerProcess, dataFolder } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import { localRoot } from '../../support/local-root.ts'
import { type OsbClient, osbClient } from '../../support/osb-client.ts'
import { postgresServer, type TestServer } from '../../support/postgres-server.ts'
import type { StoreAddress } from '../../support/store-rows.ts'
import { WARES } from '../crash/model.ts'
import { catalogWithHarbour, harbourSettings } from '../harbour.ts'
import { startWire, type Wire } from './wire.ts'

export type Place = 'berlin' | 'paris' | 'harbour'

/** A broker with a hand in it, berlin and paris, and a server with a superuser behind a line that can be meddled with. */
export interface Stage {
  readonly client: OsbClient
  readonly store: StoreAddress
  /** Where it is told what happens. */
  readonly orders: string
  readonly harbour: TestServer
  readonly wire: Wire
  /** How the broker gets into a server. */
  root(place: Place): PostgresqlAccess
  /** Throws with what the broker said last. */
  assertRunning(): void
  end(): Promise<void>
}

const LOOPBACK = '127.0.0.1/32'

export async function openStage(): Promise<Stage> {
  const data = dataFolder()
  const orders = join(data, 'orders')
  mkdirSync(orders)
  const harbour = await postgresServer()
  const wire = await startWire(harbour)
  const login = { username: 'journey', password: randomBytes(18).toString('base64url') }
  const key = randomBytes(32).toString('base64')
  keepSecret(key, harbour.managedRoot.password)
  const broker = await brokerProcess({
    data,
    program: { file: 'test/journeys/sabotage/broker.js', words: [orders] },
    settings: {
      local: true,
      catalog: await catalogWithHarbour(data),
      providers: { harbour: harbourSettings({ ...harbour, port: wire.port }) },
      platforms: { journey: { logins: [{ ...login }], allowFrom: [LOOPBACK] } },
      brokerAddresses: [LOOPBACK]
    },
    env: { LOG_LEVEL: 'debug', PORTOLAN_KEYS: `k1:${key}` }
  })
  await broker.start()
  return {
    client: osbClient(broker.url, login),
    store: { kind: 'sqlite', path: join(data, 'portolan.db') },
    orders,
    harbour,
    wire,
    root: (place) => (place === 'harbour' ? harbour.managedRoot : localRoot(data, place)),
    assertRunning() {
      if (!broker.isRunning) throw new Error(`the broker has ended:\n${broker.lines.slice(-20).join('\n')}`)
    },
    async end() {
      await broker.stop()
      await wire.stop()
    }
  }
}

export function planAt(place: Place): string {
  const ware = WARES.find(({ provider }) => provider === place)
  if (ware === undefined) throw new Error(`no plan at ${place}`)
  return ware.small
}
