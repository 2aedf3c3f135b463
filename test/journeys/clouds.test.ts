import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import { type FakeOvhcloud, startFakeOvhcloud } from '../../adapters/ovhcloud/fake/start-fake.ts'
import { type FakeScaleway, startFakeScaleway } from '../../adapters/scaleway/fake/start-fake.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, objectAt, textAt } from '../../src/contract/read.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { desk } from '../support/portolan.ts'
import { objectStore } from '../support/radosgw.ts'
import { storeRows } from '../support/store-rows.ts'
import { type CloudBroker, cloudBroker } from './clouds/broker.ts'
import { HARBOUR, type Harbour, openHarbour } from './clouds/harbour.ts'
import { type Choice, type Ordered, order } from './clouds/order.ts'
import { sideBySide } from './clouds/side-by-side.ts'
import { refusalOf, USES } from './clouds/use.ts'

type Family = keyof typeof USES

interface Row {
  readonly provider: 'harbour' | 'scaleway' | 'ovhcloud'
  readonly family: Family
  readonly plan: string
  /** To be changed to, while it is used. */
  readonly larger?: string
  /** All bindings have it, there is none that may only read, and unbinding does not take it back. */
  readonly sharesOneUser?: true
}

/** Every provider in every offering that it has. */
const ROWS: readonly Row[] = [
  {
    provider: 'harbour',
    family: 'postgresql',
    plan: HARBOUR.postgresql,
    larger: HARBOUR.largerPostgresql
  },
  { provider: 'harbour', family: 'mysql', plan: HARBOUR.mysql },
  { provider: 'harbour', family: 'redis', plan: HARBOUR.redis },
  { provider: 'harbour', family: 'object-storage', plan: HARBOUR['object-storage'] },
  {
    provider: 'scaleway',
    family: 'postgresql',
    plan: 'b81f1fa3-6548-499d-97df-f31913924606',
    larger: 'a761cb88-e133-4a98-9b80-c88057d3b3a3'
  },
  {
    provider: 'scaleway',
    family: 'mysql',
    plan: '11a3583c-e342-4449-8788-a3d801fb1f1f',
    larger: '74e3892b-b72e-4f95-be25-7058692cc43c'
  },
  { provider: 'scaleway', family: 'object-storage', plan: '6e9626bf-55e0-4919-9c2f-1080c585f30b' },
  {
    provider: 'scaleway',
    family: 'redis',
    plan: '82c2c142-5cd0-4c0c-912c-46213666ef11',
    larger: '52edc8e5-66d7-49cc-bd7d-1d8b9af91200',
    sharesOneUser: true
  },
  {
    provider: 'ovhcloud',
    family: 'postgresql',
    plan: 'bf3c2d89-7174-43bd-927b-f3f445489046',
    larger: '3da75c92-7d3e-4e69-9790-d4b883dc7048'
  },
  {
    provider: 'ovhcloud',
    family: 'mysql',
    plan: '9a475cc7-ebf4-4195-a384-ca596c610a5d',
    larger: 'c115ecf9-5d2b-48ec-be8b-acc9215e4a7f'
  },
  { provider: 'ovhcloud', family: 'object-storage', plan: 'eb4d1c8c-4814-443c-ba06-c705f11543bc' },
  {
    provider: 'ovhcloud',
    family: 'redis',
    plan: 'c9344253-a23d-4826-80b5-6f225733f7f8',
    larger: '89d9e380-7858-4867-9dd9-99dd04baa123'
  }
]

const ADOPTED = ROWS.filter(({ provider, family }) => provider !== 'harbour' && family === 'postgresql')

/** There only where the connection needs them. */
const OF_THE_CONNECTION = ['sslrootcert', 'sslRootCert', 'tls_port', 'certificates', 'path_style', 'prefix']

describe('Two clouds and the servers of the operator, in the same four offerings', function () {
  this.timeout(60_000)
  let harbour: Harbour
  let scaleway: FakeScaleway
  let ovhcloud: FakeOvhcloud
  let broker: CloudBroker
  let services: readonly JsonObject[]
  const keys = new Map<Family, Set<string>>()
  const lives = sideBySide(ROWS, live)
  const adoptions = sideBySide(ADOPTED, adopted)

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    ;[harbour, scaleway, ovhcloud] = await Promise.all([
      openHarbour(),
      startFakeScaleway(),
      objectStore().then((store) => startFakeOvhcloud({ store }))
    ])
    await Promise.all([
      scaleway.setScene({ looks: 1 }),
      scaleway.useStore(await objectStore()),
      ovhcloud.setScene({ looks: 1 })
    ])
    const providers = {
      harbour: harbour.settings,
      scaleway: { adapter: 'scaleway', ...scaleway.settings, listLagSeconds: 0 },
      ovhcloud: { adapter: 'ovhcloud', ...ovhcloud.settings, listLagSeconds: 0 }
    }
    broker = await cloudBroker(providers, harbour.catalog)
    const { body } = await broker.client.send({ method: 'GET', path: '/v2/catalog' })
    services = arrayAt(body, 'services') as readonly JsonObject[]
  })

  after(async () => {
    await removeBrokers()
    await Promise.all([scaleway.stop(), ovhcloud.stop()])
  })

  function environment() {
    const { data, port } = broker.process
    return {
      PORTOLAN_DATA: data,
      PORTOLAN_CONFIG: join(data, 'portolan.yaml'),
      PORTOLAN_KEYS: `k1:${broker.books.key.toString('base64')}`,
      PORT: String(port)
    }
  }

  it('portolan doctor says that each of them works', async () => {
    const at = desk()
    const { out, err } = await at.run(['doctor', '--json'], environment())
    at.remove()
    const findings = arrayAt(
      JSON.parse(out === '' ? err : out) as JsonObject,
      'findings'
    ) as readonly JsonObject[]
    expect(findings.filter(({ level }) => level === 'refused')).to.deep.equal([])
    expect(findings.map(({ subject }) => subject)).to.include('Redis in fr-par-1')
    for (const provider of ['harbour', 'scaleway', 'ovhcloud']) {
      const about = findings.filter((each) => JSON.stringify(each).includes(provider))
      expect(about, provider).to.not.deep.equal([])
    }
  })

  it('the catalog has four offerings, with the same parameters whoever provides', () => {
    expect(services.map(({ name }) => name)).to.have.members(Object.keys(USES))
    for (const { provider, family, plan } of ROWS) {
      const found = plansOf(family).find(({ id }) => id === plan)
      expect(found, `${provider} ${family}`).to.not.equal(undefined)
    }
    for (const family of Object.keys(USES) as Family[]) {
      const schemas = new Set(plansOf(family).map((plan) => JSON.stringify(withoutChoices(plan))))
      expect([...schemas], family).to.have.length(1)
    }
  })

  it('a plan offers at bind what it can give', () => {
    const offered = (plan: string, name: string) => {
      const found = plansOf('redis').find(({ id }) => id === plan) ?? {}
      const path = ['schemas', 'service_binding', 'create', 'parameters', 'properties', name]
      return path.reduce(objectAt, found)['enum']
    }
    for (const { plan, sharesOneUser } of ROWS.filter(({ family }) => family === 'redis')) {
      const accesses = sharesOneUser ? ['read-write'] : ['read-write', 'read-only']
      expect(offered(plan, 'access'), plan).to.deep.equal(accesses)
    }
  })

  for (const row of ROWS) {
    it(`${row.family} of ${row.provider}: made, bound, written, read, given back and gone`, () =>
      lives().get(row))
  }

  it('the credentials of a family have the same keys whoever provides', () => {
    for (const [family, sets] of keys) expect([...sets], family).to.have.length(1)
    expect([...keys.keys()]).to.have.members(Object.keys(USES))
  })

  for (const row of ADOPTED) {
    it(`what stands at ${row.provider} and in no book is shown, adopted with its rows, and bound`, () =>
      adoptions().get(row))
  }

  async function live(row: Row): Promise<void> {
    const { provider, family, plan, larger, sharesOneUser } = row
    const use = USES[family]
    const before = await standing(provider, family)
    const instance = await order(broker.client, choiceOf(family, plan))
    const writer = await instance.bind()
    await use.write(writer.credentials, provider)
    expect(await use.read(writer.credentials)).to.equal(provider)
    expect(await standing(provider, family)).to.not.deep.equal(before)
    const readers = await readersOf(row, instance)
    if (larger !== undefined) await instance.change(larger)
    const credentials = await instance.credentialsOf(writer.id)
    expect(await use.read(credentials)).to.equal(provider)
    for (const { id } of [...readers, writer]) await instance.unbind(id)
    if (sharesOneUser) expect(await use.read(credentials)).to.equal(provider)
    else expect(await refusalOf(use.read(credentials))).to.match(use.noLogin)
    await instance.remove()
    if (sharesOneUser) expect(await refusalOf(use.read(credentials))).to.match(use.noLogin)
    expect(await standing(provider, family)).to.deep.equal(before)
    const shape = Object.keys(credentials).filter((key) => !OF_THE_CONNECTION.includes(key))
    keys.set(family, (keys.get(family) ?? new Set()).add(shape.toSorted().join(' ')))
  }

  /** Purged, and what the books knew of it is lost: the password too. */
  async function adopted({ provider, family, plan, larger }: Row): Promise<void> {
    const before = await standing(provider, family)
    const lost = await order(broker.client, choiceOf(family, plan))
    await USES[family].write((await lost.bind()).credentials, 'kept')
    const at = desk()
    const run = async (line: string): Promise<JsonObject> => {
      const { code, out, err } = await at.run(line.split(' '), environment())
      expect(code, `${line}: ${err}${out}`).to.equal(0)
      return JSON.parse(out) as JsonObject
    }
    const only = async (kind: string): Promise<string> => {
      const found = arrayAt(await run('drift --json'), kind) as readonly JsonObject[]
      const [one, ...more] = found.filter((each) => each['provider'] === provider)
      expect(more).to.deep.equal([])
      return textAt(one ?? {}, 'name')
    }
    await run(`instances purge ${lost.id} --yes --json`)
    const name = await only('leftovers')
    await storeRows(broker.books.store, `delete from resources where name = '${name}'`)
    expect(await only('orphans')).to.equal(name)
    const id = randomUUID()
    const adopt = (as: string) =>
      `instances adopt ${name} --plan ${as} --platform platform --instance ${id} --organization organization --space space --json`
    const another = await at.run(adopt(larger ?? '').split(' '), environment())
    expect(another.code).to.not.equal(0)
    expect(another.err)
      .to.include(`${name} is not what the plan `)
      .and.to.match(/It is what the plans? /)
    const adoption = await run(adopt(plan))
    at.remove()
    expect(adoption, JSON.stringify(adoption)).to.include({ state: 'succeeded' })
    const instance = await order(broker.client, choiceOf(family, plan), id)
    const bound = await instance.bind()
    expect(await USES[family].read(bound.credentials)).to.equal('kept')
    await instance.unbind(bound.id)
    await instance.remove()
    expect(await standing(provider, family)).to.deep.equal(before)
  }

  /** A binding that may only read, where there is such a thing. */
  async function readersOf({ provider, family, sharesOneUser }: Row, instance: Ordered) {
    const use = USES[family]
    const asked = instance.bind({ access: 'read-only' })
    if (sharesOneUser) {
      const told = await refusalOf(asked)
      expect(told).to.match(/Error 400 .*parameters\.access must be \\"read-write\\"/)
      return []
    }
    const reader = await asked
    expect(await use.read(reader.credentials)).to.equal(provider)
    expect(await refusalOf(use.write(reader.credentials, 'no'))).to.match(use.noRight)
    return [reader]
  }

  /** All there is at a provider, as its owner sees it. */
  async function standing(provider: Row['provider'], family: Family): Promise<unknown> {
    if (provider === 'harbour') return harbour.standing[family]()
    const { counters: _counters, ...all } = await (provider === 'scaleway' ? scaleway : ovhcloud).state()
    return all
  }

  const serviceOf = (family: Family) => services.find(({ name }) => name === family) ?? {}
  const plansOf = (family: Family) => arrayAt(serviceOf(family), 'plans') as readonly JsonObject[]
  const choiceOf = (family: Family, plan: string): Choice => ({
    service: textAt(serviceOf(family), 'id'),
    plan
  })
})

/** The schemas of a plan, but for the regions it can be had in and what it can give at bind. */
function withoutChoices(plan: JsonObject): JsonObject {
  const text = JSON.stringify(objectAt(plan, 'schemas'), (key, value: unknown) =>
    ['region', 'enum', 'description'].includes(key) ? undefined : value
  )
  return JSON.parse(text) as JsonObject
}
