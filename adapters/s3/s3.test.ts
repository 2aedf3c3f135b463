import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { markText } from '../../src/contract/mark.ts'
import { markTags } from '../../src/contract/mark-tags.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { freshLogin, freshName, freshOrder } from '../../test/conformance/fresh.ts'
import { bucketCall, driverOf, newTenant, settingsOf } from '../../test/support/bucket-tenant.ts'
import {
  accessOf,
  askAdmin,
  beginUpload,
  boundBucket,
  bucketAt,
  lockObject
} from '../../test/support/buckets.ts'
import { ended } from '../../test/support/failures.ts'
import { type ObjectStore, objectStore } from '../../test/support/radosgw.ts'
import { whereNothingIs } from '../../test/support/where-nothing-is.ts'
import { adapter } from './index.ts'

async function failure(promise: Promise<unknown>): Promise<ProviderFailure> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error
  )
  if (thrown instanceof ProviderFailure) return thrown
  throw new Error(`it ended with ${String(thrown)}`)
}

/** What a shell makes of the words behind the first. */
function wordsOf(command: string): readonly string[] {
  const script = `radosgw_admin() { printf '%s\\0' "$@"; }; ${command.replace('radosgw-admin', 'radosgw_admin')}`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

describe('the S3 adapter', function () {
  this.timeout(180_000)
  let store: ObjectStore

  before(async () => {
    store = await objectStore()
  })

  const withKeys = async (name: string, caps = 'users=*') =>
    settingsOf(store, await store.account(name, caps), { keys: 'radosgw-admin' })

  it('destroys a bucket with versions, markers and uploads in it, and its users', async () => {
    const settings = await withKeys('s3-destroy')
    const tenant = await newTenant(settings, { versioning: true })
    const bucket = boundBucket(await tenant.bind())
    for (const value of ['1', '2']) await bucket.put('key', value)
    await bucket.deleteVersions([{ key: 'key', version: '', isMarker: false }])
    await beginUpload(tenant.access, 'never-completed')
    expect((await failure(tenant.driver.destroy(tenant.handle, bucketCall()))).kind).to.equal('conflict')
    await tenant.remove()
    expect((await failure(bucketAt(tenant.access).head())).kind).to.equal('not-found')
    for (const user of ['rw', 'ro']) {
      expect((await askAdmin(store, 'GET', `user?uid=${tenant.access.bucket}-${user}`)).status).to.equal(404)
    }
  })

  it('destroys nothing that is under object lock', async () => {
    const key = await store.account('s3-lock')
    const access = accessOf(store, key)
    const order = freshOrder({ region: 'here', plan: {}, parameters: {} }, 'broker')
    const bucket = bucketAt({ ...access, bucket: order.name })
    await bucket.create({ objectLock: true })
    await bucket.setTags(markTags(order.mark))
    await bucket.put('kept', 'value')
    const [object] = await bucket.versions()
    if (!object) throw new Error('nothing is there')
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
    await lockObject({ ...access, bucket: order.name }, object, { until })
    const handle = { v: 1, name: order.name, mark: { ...order.mark }, stage: 'made' }
    const driver = driverOf(settingsOf(store, key))
    expect((await failure(driver.destroy(handle, bucketCall()))).kind).to.equal('conflict')
    expect(await bucket.get('kept')).to.equal('value')
  })

  it('suspends versioning that nobody wants any more, and keeps what was kept', async () => {
    const settings = await withKeys('s3-versioning')
    const tenant = await newTenant(settings, { versioning: true })
    const bucket = bucketAt(tenant.access)
    expect(await bucket.versioning()).to.equal('on')
    await bucket.put('key', '1')
    await bucket.put('key', '2')
    const order = { ...tenant.order, parameters: { versioning: false } }
    await tenant.driver.update?.(tenant.handle, order, bucketCall())
    expect(await bucket.versioning()).to.equal('suspended')
    expect(await bucket.versions()).to.have.length(2)
    await tenant.remove()
  })

  it('adopts a bare bucket of its own account and name, and none that somebody tagged', async () => {
    const key = await store.account('s3-bare')
    const driver = driverOf(settingsOf(store, key))
    const order = freshOrder({ region: 'here', plan: { sharedAccount: true }, parameters: {} }, 'broker')
    const chosen = await driver.create(order, undefined, bucketCall())
    if (chosen.state !== 'pending') throw new Error(chosen.state)
    const bucket = bucketAt(accessOf(store, key, order.name))
    await bucket.create()
    expect((await driver.create(order, chosen.handle, bucketCall())).state).to.equal('pending')
    expect(await bucket.tags()).to.deep.equal(markTags(order.mark))
    await bucket.setTags({ owner: 'somebody' })
    expect((await failure(driver.create(order, chosen.handle, bucketCall()))).kind).to.equal('conflict')
  })

  it('refuses another region than its own before anything is asked', async () => {
    const driver = driverOf(settingsOf(store, { accessKeyId: 'none', secretAccessKey: 'none' }))
    const order = freshOrder({ region: 'there', plan: {}, parameters: {} }, 'broker')
    expect((await failure(driver.create(order, undefined, bucketCall()))).kind).to.equal('invalid')
  })

  it('leaves a user alone that has the name of its own and another mark', async () => {
    const settings = await withKeys('s3-users')
    const tenant = await newTenant(settings)
    const uid = `${tenant.access.bucket}-rw`
    await askAdmin(store, 'POST', `user?uid=${uid}&display-name=somebody`)
    const binding = tenant.driver.bind?.(tenant.handle, freshLogin(), {}, undefined, bucketCall())
    expect((await failure(binding ?? Promise.resolve())).kind).to.equal('conflict')
    expect((await failure(tenant.driver.destroy(tenant.handle, bucketCall()))).kind).to.equal('conflict')
    expect((await askAdmin(store, 'GET', `user?uid=${uid}`)).status).to.equal(200)
  })

  it('shows nobody whose its users are, and knows those that said so', async () => {
    const settings = await withKeys('s3-owners')
    const tenant = await newTenant(settings)
    const { mark } = tenant.order
    const uids = ['rw', 'ro'].map((each) => `${tenant.access.bucket}-${each}`)
    for (const uid of uids) {
      const { body } = await askAdmin(store, 'GET', `user?uid=${uid}`)
      expect(JSON.stringify(body)).to.match(/"display_name":"portolan [0-9a-f]{64}"/)
      expect(JSON.stringify(body)).not.to.include(mark.broker).and.not.to.include(mark.resource)
      const former = encodeURIComponent(markText(mark))
      expect((await askAdmin(store, 'POST', `user?uid=${uid}&display-name=${former}`)).status).to.equal(200)
    }
    await tenant.unbind(await tenant.bind())
    await tenant.remove()
    for (const uid of uids) expect((await askAdmin(store, 'GET', `user?uid=${uid}`)).status).to.equal(404)
  })

  it('takes nobody for gone by the word of an address that is no admin API', async () => {
    const key = await store.account('s3-elsewhere', 'users=*')
    const settings = settingsOf(store, key, { keys: 'radosgw-admin' })
    const tenant = await newTenant(settings)
    const credentials = await tenant.bind()
    const login = { name: String(credentials['access_key_id']), password: '' }
    const said = ['Not Found', '{"Code":"NoSuchBucket"}', '<Error><Code>NoSuchBucket</Code></Error>']
    await whereNothingIs(said, async (url) => {
      const driver = driverOf({ ...settings, admin: { url } })
      const unbound = driver.unbind?.(tenant.handle, login, undefined, bucketCall())
      expect((await failure(unbound ?? Promise.resolve())).kind).to.equal('unexpected')
      expect((await failure(driver.destroy(tenant.handle, bucketCall()))).kind).to.equal('unexpected')
    })
    await boundBucket(credentials).put('key', 'value')
    await tenant.unbind(credentials)
    expect(await ended(boundBucket(credentials).put('key', 'value'))).to.equal('denied')
    await tenant.remove()
  })

  it('takes no bucket for gone by the word of an address that is no object storage', async () => {
    const tenant = await newTenant(await withKeys('s3-nowhere'))
    const { mark, name } = tenant.order
    await whereNothingIs(
      ['Not Found', '<html></html>', '<Error><Code>NoSuchKey</Code></Error>'],
      async (url) => {
        const driver = driverOf(
          settingsOf({ ...store, endpoint: url }, { accessKeyId: 'k', secretAccessKey: 's' })
        )
        expect((await failure(driver.observe(tenant.handle, bucketCall()))).kind).to.equal('unexpected')
        expect((await failure(driver.destroy(tenant.handle, bucketCall()))).kind).to.equal('unexpected')
        const access = { ...tenant.access, endpoint: url }
        const released = family.release?.(access, { resource: name, mark }, bucketCall())
        expect((await failure(Promise.resolve(released))).kind).to.equal('unexpected')
      }
    )
    await tenant.remove()
  })

  describe('without keys per binding', () => {
    it('serves one instance per account, and counts any other bucket', async () => {
      const settings = settingsOf(store, await store.account('s3-alone'))
      const tenant = await newTenant(settings)
      const second = await failure(newTenant(settings))
      expect(second.kind).to.equal('quota')
      expect(second.message).to.contain('would open both')
      await tenant.remove()
      await (await newTenant(settings)).remove()
    })

    it('gives the account’s own key, none that only reads, and says that no unbind takes it back', async () => {
      const key = await store.account('s3-own-key')
      const tenant = await newTenant(settingsOf(store, key), {}, { sharedAccount: true })
      const credentials = await tenant.bind()
      expect(credentials).to.include({
        access_key_id: key.accessKeyId,
        secret_access_key: key.secretAccessKey
      })
      expect((await failure(tenant.bind({ access: 'read-only' }))).kind).to.equal('invalid')
      expect(tenant.driver.bindChoices?.({})).to.deep.equal({ access: ['read-write'] })
      const notes: string[] = []
      await tenant.driver.unbind?.(tenant.handle, freshLogin(), undefined, bucketCall(notes))
      expect(notes).to.deep.equal([
        'the key of the account stays valid: this object storage has none per binding'
      ])
      await tenant.remove()
    })
  })

  describe('for portolan doctor', () => {
    const findings = async (settings: object) =>
      (await adapter.open({ ...settings }).inspect?.(bucketCall()))?.map(
        ({ level, subject, text, remedy }) => `${level} ${subject}: ${remedy ?? text}`
      )

    it('says what a key may do', async () => {
      const account = 'ok account: 0 buckets in the account'
      expect(await findings(await withKeys('s3-doctor-fit'))).to.deep.equal([
        account,
        'ok keys: A key is made for every binding.'
      ])
      expect(await findings(await withKeys('s3-doctor-more', 'users=*;buckets=read'))).to.deep.equal([
        account,
        'warning keys: radosgw-admin caps rm --uid=s3-doctor-more --caps="buckets=read"'
      ])
      expect(await findings(await withKeys('s3-doctor-less', 'users=read'))).to.deep.equal([
        account,
        'refused keys: radosgw-admin caps add --uid=s3-doctor-less --caps="users=*"'
      ])
      const [, none] = (await findings(await withKeys('s3-doctor-none', 'buckets=read'))) ?? []
      expect(none).to.equal('refused keys: radosgw refused a request to its admin API (AccessDenied)')
    })

    it('tells what bindings of all share where radosgw has topics, and what ends it', async () => {
      const endpoint = await store.openGateway()
      const settings = await withKeys('s3-doctor-topics')
      const remedy = 'ceph config set client.rgw rgw_enable_apis "s3, admin", then restart it'
      expect(await findings({ ...settings, endpoint })).to.include(`refused topics: ${remedy}`)
    })

    it('prints commands that can be pasted, whatever radosgw says its users are called', async () => {
      const gateway = createServer((_request, response) => {
        const caps = [
          { type: 'users', perm: told.users },
          { type: '$(touch caps)', perm: 'read' },
          { type: 'buckets', perm: 'read' }
        ]
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ user_id: told.id, tenant: '', display_name: 'x', keys: [], caps }))
      })
      const told = { id: "$(touch it)'`touch it`\n;touch it", users: 'read' }
      await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
      try {
        const { port } = gateway.address() as AddressInfo
        const key = { accessKeyId: 'k', secretAccessKey: 's' }
        const endpoint = `http://127.0.0.1:${port}`
        const settings = settingsOf({ ...store, endpoint }, key, { keys: 'radosgw-admin' })
        const remedyOf = async () => {
          const all = (await adapter.open(settings).inspect?.(bucketCall())) ?? []
          return String(all.find(({ subject }) => subject === 'keys')?.remedy)
        }
        const words = async () => wordsOf(await remedyOf())
        expect(await words()).to.deep.equal(['caps', 'add', `--uid=${told.id}`, '--caps=users=*'])
        told.users = '*'
        expect(await words()).to.deep.equal(['caps', 'rm', `--uid=${told.id}`, '--caps=buckets=read'])
      } finally {
        gateway.closeAllConnections()
        gateway.close()
      }
    })

    it('takes another user for the admin API', async () => {
      const admin = await store.account('s3-doctor-admin', 'users=*')
      const settings = await withKeys('s3-doctor-owner', 'buckets=read')
      expect(await findings({ ...settings, admin })).to.include('ok keys: A key is made for every binding.')
      await (await newTenant({ ...settings, admin: { ...admin } })).remove()
    })

    it('warns where there are no keys, and tells a key that is wrong', async () => {
      const key = await store.account('s3-doctor-keyless')
      const [, warning] = (await findings(settingsOf(store, key))) ?? []
      expect(warning).to.match(/^warning keys: /)
      const wrong = settingsOf(store, { ...key, secretAccessKey: 'wrong' })
      expect((await findings(wrong))?.[0]).to.match(/^refused account: .*SignatureDoesNotMatch/)
      expect((await failure(adapter.open(wrong).ping(bucketCall()))).kind).to.equal('denied')
      await adapter.open(settingsOf(store, key)).ping(bucketCall())
    })
  })

  it('looks at no bucket of the account that has no name of ours', async () => {
    const key = await store.account('s3-list')
    await bucketAt(accessOf(store, key, 'photographs')).create()
    const bare = bucketAt(accessOf(store, key, freshName('p')))
    await bare.create()
    const found = []
    const driver = driverOf(settingsOf(store, key))
    for await (const each of driver.list?.('broker', bucketCall()) ?? []) found.push(each)
    expect(found).to.deep.equal([])
  })
})
