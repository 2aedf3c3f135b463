import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/contract/json.ts'
import { objectAt } from '../../../src/contract/read.ts'
import { type BrokerProcess, dataFolder, startedBroker } from '../../support/broker-process.ts'
import { keepSecret } from '../../support/journal.ts'
import { type OsbLogin, osbClient } from '../../support/osb-client.ts'
import { postgresServer, withClient } from '../../support/postgres-server.ts'
import { QUAY, quayCatalog, quayProviders } from '../../support/quay.ts'
import { type Row, type StoreAddress, storeRows } from '../../support/store-rows.ts'

/** A broker with one instance and one binding on a real server, which no mutated request may change. */
export interface World {
  readonly broker: BrokerProcess
  readonly login: OsbLogin
  readonly operator: OsbLogin
  readonly service: string
  readonly plan: string
  readonly instance: string
  readonly binding: string
  /** What made them, to be sent again. */
  readonly provisionBody: JsonObject
  readonly bindBody: JsonObject
  readonly credentials: JsonObject
  /** Everything that a request could have changed, in the store and on the server. */
  snapshot(): Promise<Readonly<Record<string, readonly Row[]>>>
  end(): Promise<void>
}

const SERVICE = QUAY.service
const PLAN = QUAY.plan
const INSTANCE = '3d1c5f86-6f0d-4a7e-9d61-5a8c0a5cf001'
const BINDING = '3d1c5f86-6f0d-4a7e-9d61-5a8c0a5cf002'

const TABLES: Readonly<Record<string, string>> = {
  instances: 'select * from instances order by seq',
  resources: 'select * from resources order by id',
  bindings: 'select * from bindings order by seq',
  operations: 'select * from operations order by seq',
  platforms: 'select * from platforms order by name',
  settings: 'select * from settings order by name',
  plan_revisions: 'select * from plan_revisions order by digest',
  // Credentials that were asked for and given are told there; nothing else may be.
  audit: `select * from audit where action <> 'disclose credentials' order by seq`
}

export async function openWorld(kind: 'sqlite' | 'postgres'): Promise<World> {
  const data = dataFolder()
  const server = await postgresServer()
  const fresh = kind === 'postgres' ? await server.freshDatabase() : undefined
  const store: StoreAddress =
    fresh === undefined
      ? { kind: 'sqlite', path: join(data, 'portolan.db') }
      : { kind: 'postgres', url: fresh.url }
  const login = { username: 'mutant', password: randomBytes(18).toString('base64url') }
  const operator = { username: 'operator', password: randomBytes(18).toString('base64url') }
  const key = randomBytes(32).toString('base64')
  keepSecret(key, server.managedRoot.password, operator.password)
  const broker = await startedBroker({
    data,
    env: {
      LOG_LEVEL: 'trace',
      PORTOLAN_KEYS: `k1:${key}`,
      ...(store.kind === 'postgres' ? { DATABASE_URL: store.url } : {})
    },
    settings: {
      catalog: await quayCatalog(data),
      providers: quayProviders(server),
      platforms: { mutants: { logins: [{ ...login }] } },
      operators: [{ ...operator }]
    }
  })
  const ids = { service_id: SERVICE, plan_id: PLAN }
  const provisionBody = {
    ...ids,
    organization_guid: 'org',
    space_guid: 'space',
    parameters: { region: 'quay-1' }
  }
  const bindBody = { ...ids, parameters: { access: 'read-only' }, bind_resource: { app_guid: 'app' } }
  const client = osbClient(broker.url, login)
  const path = `/v2/service_instances/${INSTANCE}`
  await expect201(client.send({ method: 'PUT', path, body: provisionBody }))
  const bound = await expect201(
    client.send({ method: 'PUT', path: `${path}/service_bindings/${BINDING}`, body: bindBody })
  )
  const credentials = objectAt(bound.body, 'credentials')
  const resource = String(credentials['database'])
  return {
    broker,
    login,
    operator,
    service: SERVICE,
    plan: PLAN,
    instance: INSTANCE,
    binding: BINDING,
    provisionBody,
    bindBody,
    credentials,
    async snapshot() {
      const tables = await Promise.all(
        Object.entries(TABLES).map(async ([name, sql]) => [name, await storeRows(store, sql)] as const)
      )
      const standing = await withClient(server.managedRoot, (session) => lookAt(session, resource))
      return { ...Object.fromEntries(tables), ...standing }
    },
    async end() {
      const query = `service_id=${SERVICE}&plan_id=${PLAN}`
      await client.send({ method: 'DELETE', path: `${path}/service_bindings/${BINDING}?${query}` })
      await client.send({ method: 'DELETE', path: `${path}?${query}` })
      await broker.stop()
      await fresh?.drop()
    }
  }
}

type Session = Parameters<Parameters<typeof withClient>[1]>[0]

/** Databases and roles of ours: those of the one instance, and any that should not be there. */
async function lookAt(session: Session, resource: string): Promise<Record<string, Row[]>> {
  const databases = await session.query(
    `SELECT datname, datconnlimit, datallowconn FROM pg_database WHERE datname = $1`,
    [resource]
  )
  const roles = await session.query(
    `SELECT r.rolname, r.rolcanlogin, r.rolconnlimit, shobj_description(r.oid, 'pg_authid') AS comment
       FROM pg_roles r WHERE r.rolname LIKE $1 OR shobj_description(r.oid, 'pg_authid') LIKE $2 ORDER BY 1`,
    [`${resource}%`, `%${resource}%`]
  )
  return { databases: databases.rows as Row[], roles: roles.rows as Row[] }
}

async function expect201<T extends { readonly status: number; readonly text: string }>(
  sent: Promise<T>
): Promise<T> {
  const answer = await sent
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}
