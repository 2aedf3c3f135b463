import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type FakeScaleway, startFakeScaleway } from '../../../adapters/scaleway/fake/start-fake.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { type BrokerProcess, brokerProcess, dataFolder } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import type { OsbLogin } from '../../support/osb-client.ts'
import { postgresServer, type TestServer, withClient } from '../../support/postgres-server.ts'
import { catalogWithHarbour, harbourSettings } from '../harbour.ts'
import type { StoreKind } from '../run-journey.ts'
import { lookAtServer, type Standing, without } from './standing.ts'

/** Brokers, and everything they sell: the local servers, a server that an operator names, a cloud. */
export interface Stage {
  readonly store: StoreKind
  /** One on SQLite, two over one PostgreSQL. */
  readonly brokers: readonly BrokerProcess[]
  readonly login: OsbLogin
  /** Where the store is. */
  readonly database:
    | { readonly kind: 'sqlite'; readonly path: string }
    | { readonly kind: 'postgres'; readonly url: string }
  readonly data: string
  /** The server that the operator names, `harbour`. */
  readonly harbour: TestServer
  /** What other tests have there. */
  readonly harbourBefore: Standing
  readonly scaleway: FakeScaleway
  /** Stops the brokers as a service manager does, and the fake. */
  end(): Promise<void>
}

const LOOPBACK = '127.0.0.1/32'

export async function openStage(store: StoreKind): Promise<Stage> {
  const data = dataFolder()
  const harbour = await postgresServer()
  const harbourBefore = await lookAtServer(harbour.superuser)
  const scaleway = await startFakeScaleway()
  // Soon ready: the engine's pace is not what is looked at here.
  await scaleway.setScene({ looks: 1 })
  const login = { username: 'crash', password: randomBytes(18).toString('base64url') }
  const fresh = store === 'postgres' ? await harbour.freshDatabase() : undefined
  const database =
    fresh === undefined
      ? ({ kind: 'sqlite', path: join(data, 'portolan.db') } as const)
      : ({ kind: 'postgres', url: fresh.url } as const)
  const key = randomBytes(32).toString('base64')
  keepSecret(key, harbour.managedRoot.password, String(scaleway.settings['secretKey']))
  const settings = settingsFor(await catalogWithHarbour(data), login, harbour, scaleway)
  const options = {
    data,
    settings,
    env: {
      LOG_LEVEL: 'debug',
      PORTOLAN_KEYS: `k1:${key}`,
      ...(database.kind === 'postgres' ? { DATABASE_URL: database.url } : {})
    }
  }
  const brokers = [
    await brokerProcess(options),
    ...(store === 'postgres' ? [await brokerProcess(options)] : [])
  ]
  await Promise.all(brokers.map((broker) => broker.start()))
  return {
    store,
    brokers,
    login,
    database,
    data,
    harbour,
    harbourBefore,
    scaleway,
    async end() {
      await Promise.all(brokers.map((broker) => broker.stop()))
      await scaleway.stop()
      await sweep(harbour, harbourBefore)
      await fresh?.drop()
    }
  }
}

/** Instances that live to the end stay on a server that other tests use too. */
async function sweep({ superuser }: TestServer, before: Standing): Promise<void> {
  const { databases, roles } = without(await lookAtServer(superuser), before)
  await withClient(superuser, async (session) => {
    for (const name of databases) await session.query(`DROP DATABASE "${name}" WITH (FORCE)`)
    for (const name of roles) await session.query(`DROP ROLE "${name}"`)
  })
}

function settingsFor(
  catalog: string,
  login: OsbLogin,
  harbour: TestServer,
  scaleway: FakeScaleway
): JsonObject {
  return {
    local: true,
    catalog,
    providers: {
      harbour: harbourSettings(harbour),
      scaleway: { adapter: 'scaleway', ...scaleway.settings, listLagSeconds: 1 }
    },
    platforms: { crash: { logins: [{ ...login }], allowFrom: [LOOPBACK] } },
    brokerAddresses: [LOOPBACK],
    engine: { leaseSeconds: 5 }
  }
}
