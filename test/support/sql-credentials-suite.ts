import cfenv from 'cfenv'
import { expect } from 'chai'
import type { MysqlAccess, PostgresqlAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'

export const LOGIN = { name: 'babcdefghijklmnopqrst', password: 'A1-bc_d9' }

/** Of a server on this machine, without TLS. */
export const LOCAL = {
  host: '127.0.0.1',
  database: 'pabc',
  user: 'root',
  password: 'of-root',
  network: 'private'
} as const

/** Beyond `LOCAL`: of a server that everybody reaches. */
export const CLOUD = { host: 'db.example', tls: { ca: 'PEM' }, network: 'public' } as const

interface SqlFamily<A extends PostgresqlAccess | MysqlAccess> {
  readonly family: Family<A>
  readonly local: A
  readonly cloud: A
  /** All that an application on Cloud Foundry is told of `cloud`. */
  readonly told: JsonObject
  /** Keys that would mean something else to a library. */
  readonly untold: readonly string[]
}

/** Of every family whose service is an SQL database. */
export function tellsSqlCredentials<A extends PostgresqlAccess | MysqlAccess>({
  family,
  local,
  cloud,
  told,
  untold
}: SqlFamily<A>): void {
  const cloudFoundry = family.credentials(cloud, LOGIN, 'cloudfoundry', {})
  const kubernetes = family.credentials(cloud, LOGIN, 'kubernetes', {})

  it('have every key that a library looks for', () => {
    expect(cloudFoundry).to.deep.equal(told)
  })

  it('add type, provider and certificates for Kubernetes, and change nothing else', () => {
    const { type, provider, certificates, 'jdbc-url': jdbcUrl, ...rest } = kubernetes
    expect(rest).to.deep.equal(cloudFoundry)
    expect({ type, provider, certificates }).to.deep.equal({
      type: family.name,
      provider: 'portolan',
      certificates: 'PEM'
    })
    expect(jdbcUrl).to.equal(cloudFoundry['jdbcUrl'])
  })

  it('are never null, and say nothing of root', () => {
    for (const each of [cloudFoundry, kubernetes, family.credentials(local, LOGIN, 'cloudfoundry', {})]) {
      expect(Object.values(each)).not.to.include(null)
      expect(Object.values(each)).not.to.include(undefined)
      expect(JSON.stringify(each)).not.to.contain('of-root')
      expect(each).not.to.have.any.keys(...untold)
    }
  })

  it('put an IPv6 address in brackets in URIs, and bare elsewhere', () => {
    const six = family.credentials({ ...local, host: '::1' }, LOGIN, 'cloudfoundry', {})
    expect(six['uri']).to.contain(`@[::1]:${local.port}/`)
    expect(six['host']).to.equal('::1')
  })

  it('escape whatever a URI would take for its own', () => {
    const odd = family.credentials(local, { name: 'b@x', password: 'a:/?#&=%' }, 'cloudfoundry', {})
    const url = new URL(String(odd['uri']))
    expect(decodeURIComponent(url.username)).to.equal('b@x')
    expect(decodeURIComponent(url.password)).to.equal('a:/?#&=%')
    const jdbc = new URL(String(odd['jdbcUrl']).slice('jdbc:'.length))
    expect(jdbc.searchParams.get('password')).to.equal('a:/?#&=%')
  })

  it('are found by cfenv', () => {
    const { name } = family
    const service = { name: 'db', label: name, tags: [name], credentials: cloudFoundry }
    const app = cfenv.getAppEnv({ vcap: { services: { [name]: [service] } } })
    expect(app.getServiceURL('db')).to.equal(cloudFoundry['uri'])
    expect(app.getServiceCreds(/db/)).to.deep.equal(cloudFoundry)
    const replaced = app.getServiceURL('db', {
      auth: ['username', 'password'],
      hostname: 'hostname',
      port: 'port'
    })
    expect(replaced).to.contain('babcdefghijklmnopqrst:A1-bc_d9@')
  })

  it('agree with the endpoints', () => {
    const ports = [String(cloud.port)]
    expect(family.endpoints?.(cloud)).to.deep.equal([{ host: 'db.example', ports, protocol: 'tcp' }])
  })
}

export function hasSqlParameters({
  parameters,
  bindParameters
}: Pick<Family, 'parameters' | 'bindParameters'>) {
  it('are draft-04, and only access at bind', () => {
    const draft = 'http://json-schema.org/draft-04/schema#'
    expect(parameters['$schema']).to.equal(draft)
    expect(bindParameters['$schema']).to.equal(draft)
    const { access } = bindParameters['properties'] as { access: JsonObject }
    expect(access['enum']).to.deep.equal(['read-write', 'read-only'])
    expect(access['default']).to.equal('read-write')
  })
}
