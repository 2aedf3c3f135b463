import cfenv from 'cfenv'
import { expect } from 'chai'
import type { RedisAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { family } from '../../../src/families/redis/index.ts'
import { compileSchema } from '../../../src/registry/schema-check.ts'

const LOGIN = { name: 'babcdefghijklmnopqrst', password: 'A1-bc_d9' }
const LOCAL: RedisAccess = {
  kind: 'redis',
  host: '127.0.0.1',
  port: 6380,
  user: 'root',
  password: 'of-root',
  network: 'private'
}
const CLOUD: RedisAccess = {
  ...LOCAL,
  host: 'redis.example',
  port: 6379,
  tls: { ca: 'PEM' },
  network: 'public'
}

describe('credentials of the family redis', () => {
  const cloudFoundry = family.credentials(CLOUD, LOGIN, 'cloudfoundry', {})
  const kubernetes = family.credentials(CLOUD, LOGIN, 'kubernetes', {})
  const local = family.credentials(LOCAL, LOGIN, 'cloudfoundry', {})
  const shared = family.credentials({ ...LOCAL, prefix: 'pabc' }, LOGIN, 'cloudfoundry', {})
  const asDefault = family.credentials(CLOUD, LOGIN, 'cloudfoundry', { user: 'default' })

  it('have every key that a library looks for', () => {
    expect(cloudFoundry).to.deep.equal({
      uri: 'rediss://babcdefghijklmnopqrst:A1-bc_d9@redis.example:6379',
      hostname: 'redis.example',
      host: 'redis.example',
      port: 6379,
      username: LOGIN.name,
      password: LOGIN.password,
      tls_port: 6379,
      sslrootcert: 'PEM'
    })
  })

  it('add type, provider, ssl and certificates for Kubernetes, and change nothing else', () => {
    const { type, provider, ssl, certificates, ...rest } = kubernetes
    expect(rest).to.deep.equal(cloudFoundry)
    expect({ type, provider, ssl, certificates }).to.deep.equal({
      type: 'redis',
      provider: 'portolan',
      ssl: true,
      certificates: 'PEM'
    })
  })

  it('are never null, and say nothing of the owner', () => {
    for (const each of [cloudFoundry, kubernetes, local, shared, asDefault]) {
      expect(Object.values(each)).not.to.include(null)
      expect(Object.values(each)).not.to.include(undefined)
      expect(JSON.stringify(each)).not.to.contain('of-root')
      expect(each).not.to.have.any.keys('url', 'hosts')
    }
  })

  it('show no trace of TLS where there is none', () => {
    expect(local['uri']).to.equal('redis://babcdefghijklmnopqrst:A1-bc_d9@127.0.0.1:6380')
    expect(local).not.to.have.any.keys('tls_port', 'sslrootcert')
  })

  it('tell the prefix among neighbours, and only there', () => {
    expect(shared['prefix']).to.equal('pabc:')
    expect(local).not.to.have.property('prefix')
  })

  it('of the user default have no user in the URI, where libraries would take it for the password', () => {
    expect(asDefault['uri']).to.equal('rediss://:A1-bc_d9@redis.example:6379')
    expect(asDefault['username']).to.equal('default')
    expect(Object.keys(asDefault)).to.deep.equal(Object.keys(cloudFoundry))
  })

  it('put an IPv6 address in brackets in the URI, and bare elsewhere', () => {
    const six = family.credentials({ ...LOCAL, host: '::1' }, LOGIN, 'cloudfoundry', {})
    expect(six['uri']).to.contain('@[::1]:6380')
    expect(six['host']).to.equal('::1')
  })

  it('escape whatever a URI would take for its own', () => {
    const odd = family.credentials(LOCAL, { name: 'b@x', password: 'a:/?#&=%' }, 'cloudfoundry', {})
    const url = new URL(String(odd['uri']))
    expect(decodeURIComponent(url.username)).to.equal('b@x')
    expect(decodeURIComponent(url.password)).to.equal('a:/?#&=%')
  })

  it('are found by cfenv', () => {
    const app = cfenv.getAppEnv({
      vcap: {
        services: { redis: [{ name: 'cache', label: 'redis', tags: ['redis'], credentials: cloudFoundry }] }
      }
    })
    expect(app.getServiceURL('cache')).to.equal(cloudFoundry['uri'])
    expect(app.getServiceCreds(/cache/)).to.deep.equal(cloudFoundry)
  })

  it('agree with the endpoints', () => {
    expect(family.endpoints?.(CLOUD)).to.deep.equal([
      { host: 'redis.example', ports: ['6379'], protocol: 'tcp' }
    ])
  })
})

describe('parameters of the family redis', () => {
  it('are draft-04, and at bind access and user', () => {
    const draft = 'http://json-schema.org/draft-04/schema#'
    expect(family.parameters['$schema']).to.equal(draft)
    expect(family.bindParameters['$schema']).to.equal(draft)
    const { access, user } = family.bindParameters['properties'] as { access: JsonObject; user: JsonObject }
    expect(access['enum']).to.deep.equal(['read-write', 'read-only'])
    expect(access['default']).to.equal('read-write')
    expect(user['enum']).to.deep.equal(['own', 'default'])
    expect(user['default']).to.equal('own')
  })

  it('refuse the user default for reading only, and say why', () => {
    const told = (value: JsonObject) => compileSchema(family.bindParameters)(value).map(({ text }) => text)
    expect(told({ user: 'default', access: 'read-only' })).to.deep.equal([
      'must not have user default with access read-only: that user may write'
    ])
    expect(told({ user: 'default', access: 'read-write' })).to.deep.equal([])
    expect(told({ user: 'default' })).to.deep.equal([])
    expect(told({ user: 'own', access: 'read-only' })).to.deep.equal([])
    expect(told({})).to.deep.equal([])
  })
})
