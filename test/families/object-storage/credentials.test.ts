import cfenv from 'cfenv'
import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { family } from '../../../src/families/object-storage/index.ts'

const LOGIN = { name: 'AKIDEXAMPLE', password: 'wJalr/XUt+nFEMI=K7' }
const CLOUD: ObjectStorageAccess = {
  kind: 'object-storage',
  endpoint: 'https://s3.fr-par.scw.cloud',
  region: 'fr-par',
  bucket: 'pabc',
  accessKeyId: 'of-the-owner',
  secretAccessKey: 'of-the-owner-too',
  network: 'public'
}
const LOCAL: ObjectStorageAccess = {
  ...CLOUD,
  endpoint: 'http://127.0.0.1:7480/',
  region: 'default',
  pathStyle: true,
  ca: 'PEM',
  network: 'private'
}

describe('credentials of the family object-storage', () => {
  const cloudFoundry = family.credentials(CLOUD, LOGIN, 'cloudfoundry', {})
  const kubernetes = family.credentials(CLOUD, LOGIN, 'kubernetes', {})
  const local = family.credentials(LOCAL, LOGIN, 'cloudfoundry', {})

  it('have every key that a library looks for', () => {
    expect(cloudFoundry).to.deep.equal({
      uri: 's3://AKIDEXAMPLE:wJalr%2FXUt%2BnFEMI%3DK7@s3.fr-par.scw.cloud/pabc',
      endpoint: 'https://s3.fr-par.scw.cloud',
      bucket: 'pabc',
      bucket_name: 'pabc',
      region: 'fr-par',
      access_key_id: LOGIN.name,
      secret_access_key: LOGIN.password
    })
  })

  it('say where the bucket stands in the path, and whom to trust', () => {
    expect(local).to.deep.include({
      endpoint: 'http://127.0.0.1:7480',
      path_style: true,
      certificates: 'PEM'
    })
    expect(local['uri']).to.match(/@127\.0\.0\.1:7480\/pabc$/)
  })

  it('add type and provider for Kubernetes, and change nothing else', () => {
    const { type, provider, ...rest } = kubernetes
    expect(rest).to.deep.equal(cloudFoundry)
    expect({ type, provider }).to.deep.equal({ type: 'object-storage', provider: 'portolan' })
  })

  it('are never null, and say nothing of the owner’s key', () => {
    for (const each of [cloudFoundry, kubernetes, local]) {
      expect(Object.values(each)).not.to.include(null)
      expect(Object.values(each)).not.to.include(undefined)
      expect(JSON.stringify(each)).not.to.contain('of-the-owner')
      expect(each).not.to.have.any.keys('url', 'hosts')
    }
  })

  it('have no key that could be taken for a database’s', () => {
    for (const each of [cloudFoundry, kubernetes, local]) {
      const keys = Object.keys(each).filter((key) => /user|pass|host|name/i.test(key))
      expect(keys).to.deep.equal(['bucket_name'])
    }
  })

  it('escape whatever a URI would take for its own', () => {
    const url = new URL(String(cloudFoundry['uri']))
    expect(decodeURIComponent(url.username)).to.equal(LOGIN.name)
    expect(decodeURIComponent(url.password)).to.equal(LOGIN.password)
    expect(url.pathname).to.equal('/pabc')
  })

  it('are found by cfenv', () => {
    const service = { name: 'files', label: 'object-storage', tags: ['s3'], credentials: cloudFoundry }
    const app = cfenv.getAppEnv({ vcap: { services: { 'object-storage': [service] } } })
    expect(app.getServiceURL('files')).to.equal(cloudFoundry['uri'])
    expect(app.getServiceCreds(/files/)).to.deep.equal(cloudFoundry)
  })

  it('agree with the endpoints', () => {
    expect(family.endpoints?.(CLOUD)).to.deep.equal([
      { host: 's3.fr-par.scw.cloud', ports: ['443'], protocol: 'tcp' },
      { host: 'pabc.s3.fr-par.scw.cloud', ports: ['443'], protocol: 'tcp' }
    ])
    expect(family.endpoints?.(LOCAL)).to.deep.equal([{ host: '127.0.0.1', ports: ['7480'], protocol: 'tcp' }])
    const six = family.endpoints?.({ ...LOCAL, endpoint: 'http://[::1]:7480' })
    expect(six).to.deep.equal([{ host: '::1', ports: ['7480'], protocol: 'tcp' }])
  })
})

describe('parameters of the family object-storage', () => {
  it('are draft-04: versioning, and access at bind', () => {
    const draft = 'http://json-schema.org/draft-04/schema#'
    expect(family.parameters['$schema']).to.equal(draft)
    expect(family.bindParameters['$schema']).to.equal(draft)
    expect(Object.keys(family.parameters['properties'] as JsonObject)).to.deep.equal(['versioning'])
    const { access } = family.bindParameters['properties'] as { access: JsonObject }
    expect(access['enum']).to.deep.equal(['read-write', 'read-only'])
    expect(access['default']).to.equal('read-write')
  })
})
