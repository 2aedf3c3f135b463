import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import type { LocalName } from '../../../src/local/record.ts'
import { type BrokerProcess, brokerProcess, dataFolder, loginIn } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import { localRoot } from '../../support/local-root.ts'
import { type OsbClient, osbClient } from '../../support/osb-client.ts'
import { postgresServer } from '../../support/postgres-server.ts'
import type { StoreAddress } from '../../support/store-rows.ts'
import type { StoreKind } from '../run-journey.ts'

/** One broker as a user starts it who has no settings: with berlin and paris. */
export interface Stage {
  readonly broker: BrokerProcess
  readonly client: OsbClient
  readonly store: StoreAddress
  /** The first sealing key. */
  readonly key: Buffer
  /** How the owner gets into one of the two servers. */
  server(name: LocalName): PostgresqlAccess
  end(): Promise<void>
}

export async function openStage(kind: StoreKind, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const data = dataFolder()
  const fresh = kind === 'postgres' ? await (await postgresServer()).freshDatabase() : undefined
  const key = randomBytes(32)
  keepSecret(key.toString('base64'))
  const broker = await brokerProcess({
    data,
    env: {
      LOG_LEVEL: 'debug',
      PORTOLAN_KEYS: `k1:${key.toString('base64')}`,
      ...(fresh === undefined ? {} : { DATABASE_URL: fresh.url }),
      ...env
    }
  })
  await broker.start()
  return {
    broker,
    client: osbClient(broker.url, loginIn(data)),
    store:
      fresh === undefined
        ? { kind: 'sqlite', path: join(data, 'portolan.db') }
        : { kind: 'postgres', url: fresh.url },
    key,
    server: (name) => localRoot(data, name),
    async end() {
      await broker.stop()
      await fresh?.drop()
    }
  }
}
