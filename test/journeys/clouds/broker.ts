import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/contract/json.ts'
import { type BrokerProcess, dataFolder, startedBroker } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import { type OsbClient, osbClient } from '../../support/osb-client.ts'
import type { Books } from './owner.ts'

/** A broker with nothing but the providers it is told. */
export interface CloudBroker {
  readonly process: BrokerProcess
  readonly client: OsbClient
  readonly books: Books
}

const LOOPBACK = '127.0.0.1/32'

/** `catalog`: a folder beside the repository's. */
export async function cloudBroker(providers: JsonObject, catalog?: string): Promise<CloudBroker> {
  const data = dataFolder()
  const key = randomBytes(32)
  const login = { username: 'platform', password: randomBytes(18).toString('hex') }
  keepSecret(key.toString('base64'))
  const process = await startedBroker({
    data,
    env: { PORTOLAN_KEYS: `k1:${key.toString('base64')}` },
    settings: {
      providers,
      catalog: catalog === undefined ? ['default'] : ['default', catalog],
      platforms: { platform: { logins: [login], allowFrom: [LOOPBACK] } },
      brokerAddresses: [LOOPBACK]
    }
  })
  return {
    process,
    client: osbClient(process.url, login),
    books: { store: { kind: 'sqlite', path: join(data, 'portolan.db') }, key }
  }
}
