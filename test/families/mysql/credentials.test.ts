import cfenv from 'cfenv'
import { expect } from 'chai'
import type { MysqlAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { family } from '../../../src/families/mysql/index.ts'

const LOGIN = { name: 'babcdefghijklmnopqrst', password: 'A1-bc_d9' }
const LOCAL: MysqlAccess = {
  kind: 'mysql',
  host: '127.0.0.1',
  port: 3307,
  database: 'pabc',
  user: 'root',
  password: 'of-root',
  network: 'private'
}
const CLOUD: MysqlAccess = {
  ...LOCAL,
  host: 'db.example',
  port: 3306,
  tls: { ca: 'PEM' },
  network: 'public'
}

describe('credentials of the family mysql', () => {
  const cloudFoundry = family.credentials(CLOUD, LOGIN, 'cloudfoundry', {})
  const kubernetes = family.credentials(CLOUD, LOGIN, 'kubernetes', {})
  const local = family.credentials(LOCAL, LOGIN, 'cloudfoundry', {})

  it('have every key that a library looks for', () => {
    expect(cloudFoundry).to.deep.equal({
      uri: 'mysql://babcdefghijklmnopqrst:A1-bc_d9@db.example:3306/pabc?ssl_mode=REQUIRED',
      jdbcUrl:
        'jdbc:mysql://db.example:3306/pabc?user=babcdefghijklmnopqrst&password=A1-bc_d9&sslMode=REQUIRED',
      hostname: 'db.example',
      host: 'db.example',
      port: 3306,
      name: 'pabc',
      database: 'pabc',
      db: 'pabc',
      username: LOGIN.name,
      user: LOGIN.name,
      password: LOGIN.password,
      sslRootCert: 'PEM'
    })
  })

  it('add type, provider and certificates for Kubernetes, and change nothing else', () => {
    const { type, provider, certificates, 'jdbc-url': jdbcUrl, ...rest } = kubernetes
    expect(rest).to.deep.equal(cloudFoundry)
    expect({ type, provider, certificates }).to.deep.equal({
      type: 'mysql',
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
      expect(each).not.to.have.any.keys('url', 'hosts', 'sslmode')
    }
  })

  it('do without TLS only on loopback, and then say so', () => {
    expect(local['jdbcUrl']).to.contain('&sslMode=DISABLED')
    expect(local['uri']).to.contain('?ssl_mode=DISABLED')
    expect(local).not.to.have.property('sslRootCert')
  })

  it('put an IPv6 address in brackets in URIs, and bare elsewhere', () => {
    const six = family.credentials({ ...LOCAL, host: '::1' }, LOGIN, 'cloudfoundry', {})
    expect(six['uri']).to.contain('@[::1]:3307/')
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
          mysql: [{ name: 'db', label: 'mysql', tags: ['mysql'], credentials: cloudFoundry }]
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
      { host: 'db.example', ports: ['3306'], protocol: 'tcp' }
    ])
  })
})

describe('parameters of the family mysql', () => {
  it('are draft-04, and only access at bind', () => {
    const draft = 'http://json-schema.org/draft-04/schema#'
    expect(family.parameters['$schema']).to.equal(draft)
    expect(family.bindParameters['$schema']).to.equal(draft)
    const { access } = family.bindParameters['properties'] as { access: JsonObject }
    expect(access['enum']).to.deep.equal(['read-write', 'read-only'])
    expect(access['default']).to.equal('read-write')
  })
})
