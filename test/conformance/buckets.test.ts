import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { adapter } from '../../adapters/s3/index.ts'
import type { Driver } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/object-storage/index.ts'
import { boundBucket, bucketNames, keysOf, succeeds } from '../support/buckets.ts'
import { type ObjectStore, objectStore, type StoreKey } from '../support/radosgw.ts'
import { APPLICATIONS } from './application.ts'
import { playScene } from './driver.ts'
import type { Harness, Scene } from './harness.ts'
import { realPorts } from './ports.ts'

describe('the conformance kit before a real object storage', function () {
  this.timeout(180_000)
  let store: ObjectStore
  let key: StoreKey

  before(async () => {
    store = await objectStore()
    key = await store.account('kit-buckets', 'users=*')
  })

  it('finds a driver whose keys open every bucket: two instances', async () => {
    expect(await problemsOf('two instances', {})).to.include.members([
      'the login of the first instance opens the other one',
      'the login of the first instance writes into the other one'
    ])
  })

  it('finds nothing wrong with keys that open one bucket: two instances', async () => {
    expect(await problemsOf('two instances', { keys: 'radosgw-admin' })).to.deep.equal([])
  })

  it('finds a driver that makes buckets without versioning, though it updates nothing: parameters at create', async () => {
    const spoil = ({ update: _update, ...right }: Driver): Driver => ({
      ...right,
      create: (order, soFar, call) => right.create({ ...order, parameters: {} }, soFar, call)
    })
    expect(await problemsOf('parameters at create', {}, spoil)).to.deep.equal([
      'create with versioning true made false'
    ])
  })

  async function problemsOf(
    scene: Scene,
    settings: JsonObject,
    spoil: (right: Driver) => Driver = (right) => right
  ): Promise<readonly string[]> {
    const problems = await playScene(async () => harness(settings, spoil), scene)
    return 'cannot' in problems ? [problems.cannot] : problems
  }

  function harness(settings: JsonObject, spoil: (right: Driver) => Driver): Harness {
    const { endpoint, region } = store
    const where = { endpoint, region: 'here', s3Region: region, network: 'private' }
    const driver = adapter.open({ ...where, ...key, ...settings }).drivers['object-storage']
    if (!driver) throw new Error('no such driver')
    return {
      openDriver: () => spoil(driver),
      family: family,
      order: { region: 'here', plan: settings['keys'] ? {} : { sharedAccount: true }, parameters: {} },
      call: (context) => ({ ...context, ...realPorts(context.signal) }),
      resources: async () => (await bucketNames(store)).buckets,
      logins: () => keysOf(store),
      tryLogin: APPLICATIONS['object-storage'].reads,
      tryWrite: (credentials) =>
        succeeds(boundBucket(credentials).put(randomBytes(6).toString('hex'), 'value')),
      providerMakesSecrets: true
    }
  }
})
