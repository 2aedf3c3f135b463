import { expect } from 'chai'
import type { Adapter, Driver, Handle, Order } from '../../src/contract/adapter.ts'
import { type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call } from '../../src/contract/ports.ts'
import { family } from '../../src/families/postgresql/index.ts'
import { openBreaker } from '../../test/conformance/breaker.ts'
import { freshLogin, freshName, freshOrder } from '../../test/conformance/fresh.ts'
import type { Harness } from '../../test/conformance/harness.ts'
import { realPorts } from '../../test/conformance/ports.ts'
import { type Engine, openEngine } from '../../test/conformance/run.ts'
import { openWatch } from '../../test/conformance/watch.ts'
import { NETWORKS } from './fake/offers.ts'
import type { Scene } from './fake/scene.ts'
import { type FakeOvhcloud, startFakeOvhcloud } from './fake/start-fake.ts'
import { adapter } from './index.ts'
import { descriptionOf } from './mark.ts'

const LAG = 30
const BROKER = 'broker-1'
const PLAN = { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 }

describe('ovhcloud, over its fake', function () {
  this.timeout(20_000)
  let fake: FakeOvhcloud
  let opened: Adapter
  let driver: Driver
  let POST = ''
  /** Seconds that the broker let pass. */
  let passed = 0

  before(async function () {
    this.timeout(60_000)
    fake = await startFakeOvhcloud()
    POST = `POST /1.0/cloud/project/${String(fake.settings['project'])}/database/postgresql`
  })
  after(() => fake.stop())
  beforeEach(async () => {
    passed = 0
    await fake.reset()
    open()
  })

  /** As after a start of the broker. */
  function open(settings: JsonObject = fake.settings): void {
    opened = adapter.open({ ...settings, listLagSeconds: LAG })
    const found = opened.drivers['postgresql']
    if (!found) throw new Error('no driver')
    driver = found
  }

  /** An order and a core in small that carries it out, by a clock of its own. */
  function begin(plan: JsonObject = PLAN): Engine {
    const harness: Harness = {
      openDriver: () => driver,
      family,
      dedicated: true,
      order: { region: 'GRA', plan, parameters: {} },
      call: ({ now, attempt, signal }) => callAt(now, attempt, signal),
      resources: async () => [],
      logins: async () => [],
      tryLogin: async () => false,
      advanceTime: async (seconds) => {
        passed += seconds
        await fake.advance(seconds)
      }
    }
    const order = freshOrder({ ...harness.order, allowFrom: ['192.0.2.0/24', '198.51.100.7/32'] }, BROKER)
    return openEngine(harness, openBreaker(harness.call), openWatch(), order)
  }

  function callAt(now = new Date(), attempt = 1, signal = new AbortController().signal): Call {
    return { signal, now, attempt, ...realPorts(signal), note: () => undefined }
  }

  describe('in a private network', () => {
    const plan = { ...PLAN, privateNetwork: true }
    beforeEach(() => open({ ...fake.settings, privateNetworks: { GRA: { ...NETWORKS['GRA'] } } }))

    it('stands there, with the rules of the order, and is used', async () => {
      const engine = begin(plan)
      await engine.create()
      const [service] = await services()
      expect(service).to.deep.include({
        network: NETWORKS['GRA'],
        rules: ['192.0.2.0/24', '198.51.100.7/32']
      })
      expect(await engine.bind(freshLogin())).to.have.property('password')
      const refused = await failure('invalid', engine.update({ ...engine.book.order, plan: PLAN }))
      expect(refused.message).to.contain('privateNetwork')
      await engine.update({ ...engine.book.order, plan: { ...plan, diskGb: 90 } })
      await engine.remove()
      expect(await services()).to.deep.equal([])
    })

    it('is given up when it stands elsewhere, and has no password by then', async () => {
      await fake.setScene({ forgetsNetworks: true })
      const engine = begin(plan)
      expect(await thrown(engine.create())).to.include({ name: 'Broken' })
      expect(engine.book.handle).not.to.have.property('password')
      await engine.remove()
      expect(await services()).to.deep.equal([])
    })

    it('is none that a network is named for, but no plan', async () => {
      await begin().create()
      expect((await services())[0]?.network).to.equal(null)
    })
  })

  async function services() {
    return (await fake.state()).services
  }

  async function asked(what: string): Promise<number> {
    return (await fake.state()).counters[what] ?? 0
  }

  async function chosen(order: Order): Promise<Handle> {
    const sighting = await driver.create(order, undefined, callAt())
    if (sighting.state !== 'pending') throw new Error(sighting.state)
    return sighting.handle
  }

  it('orders, sets the password, makes the database, binds, and leaves nothing', async () => {
    const engine = begin()
    await engine.create()
    const [service, ...others] = await services()
    expect(others).to.deep.equal([])
    expect(service).to.deep.include({
      description: descriptionOf(engine.book.order.name, engine.book.order.mark),
      rules: ['192.0.2.0/24', '198.51.100.7/32']
    })
    expect((await fake.state()).databases).to.deep.equal([engine.book.order.name])
    const login = freshLogin()
    expect(await engine.bind(login)).to.deep.include({ username: login.name, host: 'localhost' })
    await engine.remove()
    const { databases, roles, services: left } = await fake.state()
    expect({ databases, roles, left }).to.deep.equal({ databases: [], roles: [], left: [] })
  })

  it('does all of it with application keys too, by the clock of OVHcloud', async () => {
    const { endpoint, project, network } = fake.settings
    await fake.advance(600)
    open({
      endpoint: endpoint ?? '',
      project: project ?? '',
      network: network ?? '',
      ...fake.applicationKeys
    })
    const engine = begin()
    await engine.create()
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  describe('when the answer to the order is lost', () => {
    const lost = (when: 'before' | 'after', more: Partial<Scene> = {}): Partial<Scene> => ({
      ...more,
      lost: [{ method: 'POST', path: '/postgresql', when, times: 1 }]
    })

    it('waits until a list must show it, and makes no second one', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
      await begin().create()
      expect(await services()).to.have.length(1)
      expect(await asked(POST)).to.equal(1)
      expect(passed).to.be.at.least(LAG)
    })

    it('asks for no other while one that may be it is listed and not shown', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG - 1, hiddenGets: 4 }))
      await begin().create()
      expect(await services()).to.have.length(1)
      expect(await asked(POST)).to.equal(1)
    })

    it('orders again when it had no effect', async () => {
      await fake.setScene(lost('before', { hiddenSeconds: LAG - 1 }))
      await begin().create()
      expect(await services()).to.have.length(1)
    })

    it('destroys what a create that was given up had ordered', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG - 1 }))
      const engine = begin()
      const handle = await chosen(engine.book.order)
      engine.book.handle = handle
      await failure('unavailable', driver.create(engine.book.order, handle, callAt()))
      expect(await services()).to.have.length(1)
      await engine.remove()
      expect(await services()).to.deep.equal([])
    })

    it('ends with one even where lists lag longer than declared', async () => {
      await fake.setScene(lost('after', { hiddenSeconds: LAG + 20, looks: 6 }))
      const engine = begin()
      await engine.create()
      expect(await asked(POST)).to.equal(2)
      const alive = (await services()).filter(({ status }) => status !== 'DELETING')
      expect(alive.map(({ id }) => id)).to.deep.equal([engine.book.handle?.['id']])
    })
  })

  it('looks before it orders again what OVHcloud says has failed', async () => {
    await fake.setScene({ failedPosts: 2 })
    const engine = begin()
    await engine.create()
    expect(await services()).to.have.length(1)
    expect(await asked(POST)).to.equal(1)
    expect((await engine.bind(freshLogin()))['password']).to.be.a('string')
  })

  it('waits for a password that does not work at once, and makes another when it never does', async () => {
    await fake.setScene({ latePasswords: 60 })
    await begin().create()
    expect(passed).to.be.at.least(60)
    const engine = begin()
    await fake.setScene({ latePasswords: 1000 })
    const steps = engine.create()
    while ((await asked(resetOf())) < 3) await pause()
    await fake.setScene({ latePasswords: 0 })
    await steps
  })

  function resetOf(): string {
    return `${POST}/{id}/user/{id}/credentials/reset`
  }

  it('keeps the oldest of two with one mark and destroys the other', async () => {
    const { order } = begin().book
    const description = descriptionOf(order.name, order.mark)
    const older = await fake.addForeign(description)
    await fake.advance(10)
    const younger = await fake.addForeign(description)
    const handle = await chosen(order)
    const found = await driver.create(order, handle, callAt())
    expect(found).to.deep.include({ state: 'pending', handle: { ...handle, id: older, seen: true } })
    const states = Object.fromEntries((await services()).map(({ id, status }) => [id, status]))
    expect(states).to.deep.equal({ [older]: 'READY', [younger]: 'DELETING' })
  })

  it('takes no service for its own whose description differs in anything', async () => {
    const { order } = begin().book
    const ours = descriptionOf(order.name, order.mark)
    const handle = await chosen(order)
    for (const other of [`${ours} `, ours.slice(0, -1), `${ours}1`, ours.replace(BROKER, 'another')]) {
      await fake.reset()
      await fake.addForeign(other)
      await failure('conflict', driver.create(order, handle, callAt()))
      expect((await driver.destroy(handle, callAt())).state, other).to.equal('pending')
      expect((await services()).map(({ status }) => status)).to.deep.equal(['READY'])
    }
  })

  it('takes the pauses that a throttling provider asks for', async () => {
    await fake.setScene({ throttled: 3, resetSeconds: 60 })
    await begin().create()
    expect(passed).to.be.at.least(180)
  })

  it('sits out the pages that come instead of tokens, and tokens that end early', async () => {
    await fake.setScene({ tokenPages: 3 })
    const engine = begin()
    await engine.create()
    await fake.expire()
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('says that no offer matches, and leaves nothing', async () => {
    await fake.setScene({ soldOut: ['db1-4'] })
    const engine = begin()
    const told = await failure('invalid', engine.create())
    expect(told.message).to.contain('no offer')
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('gives up a service that ends in error, and removes it', async () => {
    await fake.setScene({ halfCreated: 1 })
    const engine = begin()
    expect(await thrown(engine.create())).to.include({ name: 'Broken' })
    await engine.remove()
    expect((await fake.state()).roles).to.deep.equal([])
    expect(await services()).to.deep.equal([])
  })

  it('names the right that the administrator lacks', async () => {
    await fake.setScene({ plainAdmin: true })
    const told = await failure('denied', begin().create())
    expect(told.message).to.contain('CREATEDB')
  })

  it('changes plan, flavor, disk and version one after the other, and only once', async () => {
    const engine = begin()
    await engine.create()
    const plan = { plan: 'business', version: '16', flavor: 'db1-7', nodes: 2, diskGb: 200 }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await services())[0]).to.deep.include({ ...plan, status: 'READY' })
    expect(await asked(`PUT ${POST.slice('POST '.length)}/{id}`)).to.equal(4)
  })

  it('is content with the larger disk that a flavor brings', async () => {
    const engine = begin()
    await engine.create()
    const plan = { ...PLAN, flavor: 'db1-7' }
    await engine.update({ ...engine.book.order, plan })
    await engine.update({ ...engine.book.order, plan })
    expect((await services())[0]).to.deep.include({ flavor: 'db1-7', diskGb: 160 })
    const smaller = { ...engine.book.order, plan: { ...plan, diskGb: 70 } }
    await failure('invalid', engine.update(smaller))
  })

  it('sets other networks, and fails where OVHcloud does not keep them', async () => {
    const engine = begin()
    await engine.create()
    await engine.update({ ...engine.book.order, allowFrom: ['203.0.113.0/24'] })
    expect((await services())[0]?.rules).to.deep.equal(['203.0.113.0/24'])
    await fake.setScene({ forgetsRules: true })
    await failure('conflict', engine.update({ ...engine.book.order, allowFrom: ['192.0.2.0/24'] }))
  })

  it('refuses what OVHcloud refuses, in its words', async () => {
    const engine = begin({ ...PLAN, plan: 'business', nodes: 2 })
    await engine.create()
    const told = await failure('invalid', engine.update({ ...engine.book.order, plan: PLAN }))
    expect(told.message).to.contain('plan')
  })

  it('never calls a service with data broken', async () => {
    const engine = begin()
    await engine.create()
    const handle = engine.book.handle
    const [service] = await services()
    if (!handle || !service) throw new Error('nothing was made')
    for (const status of ['LOCKED', 'SHELVED', 'ERROR']) {
      await fake.setStatus(service.id, status)
      expect(await driver.observe(handle, callAt())).to.deep.include({ state: 'pending' })
      await failure('conflict', driver.update?.(handle, engine.book.order, callAt()))
    }
    for (const status of [
      'PENDING',
      'UPDATING',
      'LOCKED_PENDING',
      'LOCKED_UPDATING',
      'TO_DRAIN',
      'DRAINED'
    ]) {
      await fake.setStatus(service.id, status)
      const again = await driver.update?.(handle, engine.book.order, callAt())
      expect(again, status).to.deep.include({ state: 'pending' })
    }
  })

  it('deletes a protected service too', async () => {
    const engine = begin()
    await engine.create()
    const [service] = await services()
    await fake.protect(service?.id ?? '')
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('lists what carries the mark of its broker', async () => {
    for (let i = 0; i < 20; i++) {
      const mark = { broker: i < 18 ? BROKER : 'another', resource: `r${i}`, generation: 1 }
      await fake.addForeign(descriptionOf(freshName('p'), mark))
    }
    await fake.addForeign(`portolan ${freshName('p')} ${BROKER}`)
    const found: string[] = []
    for await (const { mark } of driver.list?.(BROKER, callAt()) ?? []) found.push(mark.resource)
    expect(found).to.have.length(18)
    expect(new Set(found).size).to.equal(18)
  })

  it('asks as its service account, and says which right is missing', async () => {
    await opened.ping(callAt())
    await fake.addForeign('somebody')
    open({ ...fake.settings, regions: ['GRA', 'MARS'], storageRegions: ['GRA', 'MARS'] })
    const findings = await opened.inspect?.(callAt())
    expect(findings?.map(({ level, subject }) => [level, subject])).to.deep.equal([
      ['ok', `project ${String(fake.settings['project'])}`],
      ['ok', 'region GRA'],
      ['warning', 'region MARS'],
      ['ok', 'users of the project'],
      ['ok', 'object storage in GRA'],
      ['warning', 'object storage in MARS']
    ])
    const stranger = adapter.open({ ...fake.settings, clientSecret: 'wrong-secret' })
    const told = await failure('denied', stranger.ping(callAt()))
    expect(told.message).not.to.contain('wrong-secret')
    const [finding] = (await stranger.inspect?.(callAt())) ?? []
    expect(finding).to.deep.include({ level: 'refused' })
    expect(finding?.remedy).to.contain('publicCloudProject')
  })
})

/** Until the next look at what somebody else does. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}

async function thrown(promise: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

async function failure(kind: FailureKind, promise: Promise<unknown> | undefined): Promise<ProviderFailure> {
  const error = await thrown(promise)
  if (!(error instanceof ProviderFailure)) throw error
  expect(error.kind, error.message).to.equal(kind)
  return error
}
