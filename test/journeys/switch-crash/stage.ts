import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { MANAGED_ROOT } from '../../../src/local/managed-root.ts'
import { LOCAL_NAMES, type LocalName, readRecord } from '../../../src/local/record.ts'
import { type BrokerProcess, brokerProcess, dataFolder } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import type { OsbLogin } from '../../support/osb-client.ts'
import { postgresServer } from '../../support/postgres-server.ts'
import type { StoreAddress } from '../../support/store-rows.ts'
import type { StoreKind } from '../run-journey.ts'
import { arm } from './fate.ts'

/** Brokers that end where they are told to, and the servers berlin and paris. */
export interface Stage {
  readonly store: StoreKind
  /** One on SQLite, two over one PostgreSQL. */
  readonly brokers: readonly BrokerProcess[]
  readonly login: OsbLogin
  readonly database: StoreAddress
  readonly data: string
  /** Where it is told what happens. */
  readonly fate: string
  /** How the broker gets into a local server. */
  root(server: LocalName): Pick<PostgresqlAccess, 'host' | 'port' | 'user' | 'password' | 'database'>
  end(): Promise<void>
}

export const LEASE_SECONDS = 5
export const SERVERS = LOCAL_NAMES
const LOOPBACK = '127.0.0.1/32'

export async function openStage(store: StoreKind): Promise<Stage> {
  const data = dataFolder()
  const fate = join(data, 'fate')
  mkdirSync(fate)
  arm(fate, undefined, false)
  const login = { username: 'crash', password: randomBytes(18).toString('base64url') }
  const fresh = store === 'postgres' ? await (await postgresServer()).freshDatabase() : undefined
  const database: StoreAddress = fresh
    ? { kind: 'postgres', url: fresh.url }
    : { kind: 'sqlite', path: join(data, 'portolan.db') }
  const key = randomBytes(32).toString('base64')
  keepSecret(key)
  const options = {
    data,
    program: { file: 'test/journeys/switch-crash/broker.js', words: [fate] },
    settings: {
      local: true,
      platforms: { crash: { logins: [{ ...login }], allowFrom: [LOOPBACK] } },
      brokerAddresses: [LOOPBACK],
      engine: { leaseSeconds: LEASE_SECONDS }
    },
    env: {
      LOG_LEVEL: 'debug',
      PORTOLAN_KEYS: `k1:${key}`,
      ...(fresh ? { DATABASE_URL: fresh.url } : {})
    }
  }
  const brokers = [await brokerProcess(options), ...(fresh ? [await brokerProcess(options)] : [])]
  await Promise.all(brokers.map((broker) => broker.start()))
  return {
    store,
    brokers,
    login,
    database,
    data,
    fate,
    root(server) {
      const record = readRecord(data)?.servers[server]
      if (record === undefined) throw new Error(`no record of the local server ${server}`)
      const { port, password } = record
      return { host: '127.0.0.1', port, user: MANAGED_ROOT, password, database: 'postgres' }
    },
    async end() {
      await Promise.all(brokers.map((broker) => broker.stop()))
      await fresh?.drop()
    }
  }
}
