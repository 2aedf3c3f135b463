import cfenv from 'cfenv'
import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { family } from '../../../src/families/postgresql/index.ts'

const LOGIN = { name: 'babcdefghijklmnopqrst', password: 'A1-bc_d9' }
const LOCAL: PostgresqlAccess = {
  kind: 'postgresql',
  host: '127.0.0.1',
  port: 5433,
  database: 'pabc',
  user: 'root',
  password: 'of-root',
  network: 'private'
}
const CLOUD: PostgresqlAccess = {
  ...LOCAL,
  host: 'db.example',
  port: 5432,
  tls: { ca: 'PEM' },
  network: 'public'
}

describe('credentials of the family postgresql', () => {
  const cloudFoundry = family.credentials(CLOUD, LOGIN, 'cloudfoundry', {})
  const kubernetes = family.credentials(CLOUD, LOGIN, 'kubernetes', {})
  const local = family.credentials(LOCAL, LOGIN, 'cloudfoundry', {})

  it('have every key that a library looks for', () => {
    expect(cloudFoundry).to.deep.equal({
      uri: 'postgresql://babcdefghijklmnopqrst:A1-bc_d9@db.example:5432/pabc?sslmode=require',
      jdbcUrl:
        'jdbc:postgresql://db.example:5432/pabc?user=babcdefghijklmnopqrst&password=A1-bc_d9&sslmode=require',
      hostname: 'db.example',
      host: 'db.example',
      port: 5432,
      name: 'pabc',
      database: 'pabc',
      db: 'pabc',
      username: LOGIN.name,
      user: LOGIN.name,
      password: LOGIN.password,
      sslmode: 'verify-full',
      sslrootcert: 'PEM'
    })
  })

  it('add type, provider and certificates for Kubernetes, and change nothing else', () => {
    const { type, provider, certificates, 'jdbc-url': jdbcUrl, ...rest } = kubernetes
    expect(rest).to.deep.equal(cloudFoundry)
    expect({ type, provider, certificates }).to.deep.equal({
      type: 'postgresql',
      provider: 'portolan',
      certificates: 'PEM'
    })
    expect(jdbcUrl).to.equal(cloudFoundry['jdbcUrl'])
  })

  it('are never null, and say nothing of root', () => {
    for (const each of [cloudFoundry, kubernetes, local]) {
      expect(Object.values(each)).not.to.include(null)
      expect(Object.values(each)).not.to.include(undefined)
      expect(JSON.stringify(each)).not.to.contain('of-root')
      expect(each).not.to.have.any.keys('url', 'hosts')
    }
  })

  it('do without TLS only on loopback, and then say so', () => {
    expect(local['sslmode']).to.equal('disable')
    expect(local['uri']).to.contain('?sslmode=disable')
    expect(local).not.to.have.property('sslrootcert')
  })

  it('demand the name in the certificate only where it is the host’s', () => {
    const renamed = { ...CLOUD, tls: { ca: 'PEM', servername: 'other.example' } }
    expect(family.credentials(renamed, LOGIN, 'cloudfoundry', {})['sslmode']).to.equal('verify-ca')
  })

  it('put an IPv6 address in brackets in URIs, and bare elsewhere', () => {
    const six = family.credentials({ ...LOCAL, host: '::1' }, LOGIN, 'cloudfoundry', {})
    expect(six['uri']).to.contain('@[::1]:5433/')
    expect(six['host']).to.equal('::1')
  })

  it('escape whatever a URI would take for its own', () => {
    const odd = family.credentials(LOCAL, { name: 'b@x', password: 'a:/?#&=%' }, 'cloudfoundry', {})
    const url = new URL(String(odd['uri']))
    expect(decodeURIComponent(url.username)).to.equal('b@x')
    expect(decodeURIComponent(url.password)).to.equal('a:/?#&=%')
    const jdbc = new URL(String(odd['jdbcUrl']).slice('jdbc:'.length))
    expect(jdbc.searchParams.get('password')).to.equal('a:/?#&=%')
  })

  it('are found by cfenv', () => {
    const app = cfenv.getAppEnv({
      vcap: {
        services: {
          postgresql: [{ name: 'db', label: 'postgresql', tags: ['postgresql'], credentials: cloudFoundry }]
        }
      }
    })
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
    expect(family.endpoints?.(CLOUD)).to.deep.equal([
      { host: 'db.example', ports: ['5432'], protocol: 'tcp' }
    ])
  })
})

describe('parameters of the family postgresql', () => {
  it('are draft-04, and only access at bind', () => {
    const draft = 'http://json-schema.org/draft-04/schema#'
    expect(family.parameters['$schema']).to.equal(draft)
    expect(family.bindParameters['$schema']).to.equal(draft)
    const { access } = family.bindParameters['properties'] as { access: JsonObject }
    expect(access['enum']).to.deep.equal(['read-write', 'read-only'])
    expect(access['default']).to.equal('read-write')
  })
})
