import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type FakeScaleway, startFakeScaleway } from '../../adapters/scaleway/fake/start-fake.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { passwordOf, secretOf } from '../../src/domain/names.ts'
import { openSeal } from '../../src/store/seal.ts'
import { type BrokerProcess, brokerProcess, dataFolder, removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { journal, keepSecret, newJournal } from '../support/journal.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { postgresServer, type TestServer } from '../support/postgres-server.ts'
import { QUAY, quayCatalog, quayProviders } from '../support/quay.ts'
import { type StoreAddress, storeRows } from '../support/store-rows.ts'

const LOOPBACK = '127.0.0.1/32'
const EXAMPLE = '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1'
const ALDER = {
  sync: '6f06daeb-11be-42dd-b598-318f66e43ecf',
  async: '3dace2a9-f910-40e3-b8d1-396fd74c6db6',
  broken: '40b9af17-551c-4f1b-83fc-ed8937e3666d',
  'no update': '5f147823-279d-4714-93a6-12bd34ce6d73',
  'no destroy': '0c6cb0b6-99f8-46a6-a1f4-c9a1ba1a6055',
  'no bind': '02166c50-9113-4a61-8ce5-87ee036b742e'
} as const
const SCALEWAY_PLAN = 'b81f1fa3-6548-499d-97df-f31913924606'
const ENDED_WITHIN_MS = 90_000

// After everything: what brokers of any test wrote, against what any test saw.
after(() => {
  expect(journal.leaks(), 'lines of the whole run that hold a secret').to.deep.equal([])
})

describe('The journal of lines and secrets', () => {
  it('finds a secret however it is written', () => {
    const secret = 'a "secret" & more'
    for (const written of [
      secret,
      JSON.stringify({ secret }),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64')
    ]) {
      const own = newJournal()
      own.keepSecret(secret)
      own.keepLine('harmless')
      expect(own.leaks()).to.deep.equal([])
      own.keepLine(`before ${written} after`)
      expect(own.leaks()).to.deep.equal([`before ${written} after`])
    }
  })
})

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`What a broker tells nobody, on ${kind}`, function () {
    this.timeout(240_000)
    let server: TestServer
    let scaleway: FakeScaleway
    let broker: BrokerProcess
    let client: OsbClient
    let store: StoreAddress
    let drop: (() => Promise<void>) | undefined
    const key = randomBytes(32)

    before(async function () {
      this.timeout(BUILT_WITHIN_MS)
      server = await postgresServer()
      scaleway = await startFakeScaleway()
      const data = dataFolder()
      const fresh = kind === 'postgres' ? await server.freshDatabase() : undefined
      drop = fresh?.drop
      store =
        fresh === undefined
          ? { kind: 'sqlite', path: join(data, 'portolan.db') }
          : { kind: 'postgres', url: fresh.url }
      const login = { username: 'quiet', password: made('platform') }
      const operator = { username: 'operator', password: made('operator') }
      keepSecret(key.toString('base64'), server.managedRoot.password, String(scaleway.settings['secretKey']))
      if (fresh !== undefined) keepSecret(new URL(fresh.url).password)
      broker = await brokerProcess({
        data,
        env: {
          LOG_LEVEL: 'trace',
          PORTOLAN_KEYS: `k1:${key.toString('base64')}`,
          ...(fresh === undefined ? {} : { DATABASE_URL: fresh.url })
        },
        settings: {
          catalog: await quayCatalog(data),
          providers: {
            ...quayProviders(server),
            scaleway: { adapter: 'scaleway', ...scaleway.settings, listLagSeconds: 1 }
          },
          platforms: { quiet: { logins: [{ ...login }], allowFrom: [LOOPBACK] } },
          operators: [{ ...operator }],
          brokerAddresses: [LOOPBACK]
        }
      })
      await broker.start()
      client = osbClient(broker.url, login)
    })

    after(async () => {
      await broker.stop()
      await scaleway.stop()
      await removeBrokers()
      await drop?.()
    })

    it('stays out of its log, whatever it is asked and however that ends', async () => {
      await wrongLogins()
      await boxes()
      await databases()
      await cloud()
      await badBodies()
      await broker.kill()
      await broker.start()
      await openUp()
      expect(broker.lines.length).to.be.above(30)
      expect(journal.secrets.length).to.be.above(20)
      expect(journal.leaks()).to.deep.equal([])
    })

    it('is in no row of its store in clear', async () => {
      const secrets = journal.secrets
      for (const table of [
        'instances',
        'resources',
        'bindings',
        'operations',
        'audit',
        'settings',
        'platforms',
        'plan_revisions'
      ]) {
        const text = JSON.stringify(await storeRows(store, `select * from ${table}`))
        expect(
          secrets.filter((secret) => text.includes(secret)),
          table
        ).to.deep.equal([])
      }
      if (store.kind !== 'sqlite') return
      for (const name of readdirSync(broker.data).filter((each) => each.startsWith('portolan.db'))) {
        const bytes = readFileSync(join(broker.data, name))
        expect(
          secrets.filter((secret) => bytes.includes(secret)),
          name
        ).to.deep.equal([])
      }
    })

    const path = (at: string) => `/v2/service_instances/${at}`
    const put = (at: string, body: JsonObject) =>
      client.send({ method: 'PUT', path: `${path(at)}?accepts_incomplete=true`, body })
    const remove = (at: string, service: string, plan: string) =>
      client.send({
        method: 'DELETE',
        path: `${path(at)}?service_id=${service}&plan_id=${plan}&accepts_incomplete=true`
      })
    const where = { organization_guid: 'o', space_guid: 's' }

    async function wrongLogins(): Promise<void> {
      for (const authorization of [
        `Bearer ${made('bearer')}`,
        `Basic ${Buffer.from(`quiet:${made('guess')}`).toString('base64')}`,
        `Digest ${made('digest')}`
      ])
        expect(
          (await client.send({ method: 'GET', path: '/v2/catalog', headers: { authorization } })).status
        ).to.equal(401)
      for (const url of ['/readyz', '/metrics', '/nowhere']) await client.send({ method: 'GET', path: url })
    }

    async function boxes(): Promise<void> {
      for (const plan of Object.values(ALDER)) {
        const [instance, binding] = [randomUUID(), randomUUID()]
        const parameters = { title: 'box', passphrase: made('passphrase') }
        const identity = `cloudfoundry ${Buffer.from(JSON.stringify({ user_id: 'somebody' })).toString('base64')}`
        await client.send({
          method: 'PUT',
          path: `${path(instance)}?accepts_incomplete=true`,
          headers: { 'x-broker-api-originating-identity': identity },
          body: { service_id: EXAMPLE, plan_id: plan, ...where, parameters }
        })
        await ended(instance)
        await put(instance, {
          service_id: EXAMPLE,
          plan_id: plan,
          ...where,
          parameters: { passphrase: made('another') }
        })
        await client.send({
          method: 'PATCH',
          path: `${path(instance)}?accepts_incomplete=true`,
          body: { service_id: EXAMPLE, parameters: { passphrase: made('changed') } }
        })
        await ended(instance)
        await put(`${instance}/service_bindings/${binding}`, { service_id: EXAMPLE, plan_id: plan })
        await ended(`${instance}/service_bindings/${binding}`)
        await client.send({ method: 'GET', path: path(`${instance}/service_bindings/${binding}`) })
        const fetched = await client.send({ method: 'GET', path: path(instance) })
        expect(fetched.text).to.not.include('passphrase')
        await remove(`${instance}/service_bindings/${binding}`, EXAMPLE, plan)
        await ended(`${instance}/service_bindings/${binding}`)
        await remove(instance, EXAMPLE, plan)
        await ended(instance)
      }
    }

    async function databases(): Promise<void> {
      const [instance, first, second] = [randomUUID(), randomUUID(), randomUUID()]
      const ids = { service_id: QUAY.service, plan_id: QUAY.plan }
      expect((await put(instance, { ...ids, ...where })).status).to.equal(201)
      expect((await put(`${instance}/service_bindings/${first}`, ids)).status).to.equal(201)
      expect(
        (await put(`${instance}/service_bindings/${second}`, { predecessor_binding_id: first })).status
      ).to.equal(201)
      for (const binding of [first, second])
        await remove(`${instance}/service_bindings/${binding}`, QUAY.service, QUAY.plan)
      expect((await remove(instance, QUAY.service, QUAY.plan)).status).to.equal(200)
    }

    /** Answers are lost, requests throttled, an instance breaks: what goes wrong is told in the log. */
    async function cloud(): Promise<void> {
      const ids = { service_id: QUAY.service, plan_id: SCALEWAY_PLAN }
      for (const scene of [
        {
          looks: 1,
          throttled: 2,
          lost: [{ method: 'POST', path: '/instances', when: 'after' as const, times: 1 }]
        },
        { looks: 1, halfCreated: 1 }
      ]) {
        await scaleway.setScene(scene)
        const [instance, binding] = [randomUUID(), randomUUID()]
        expect((await put(instance, { ...ids, ...where })).status).to.equal(202)
        await ended(instance)
        await put(`${instance}/service_bindings/${binding}`, ids)
        await ended(`${instance}/service_bindings/${binding}`)
        await client.send({ method: 'GET', path: path(`${instance}/service_bindings/${binding}`) })
        await remove(`${instance}/service_bindings/${binding}`, QUAY.service, SCALEWAY_PLAN)
        await ended(`${instance}/service_bindings/${binding}`)
        await remove(instance, QUAY.service, SCALEWAY_PLAN)
        await ended(instance)
      }
    }

    async function badBodies(): Promise<void> {
      const secret = made('body')
      for (const body of [
        `{"service_id":"${EXAMPLE}","plan_id":"${ALDER.sync}","parameters":{"passphrase":"${secret}"`,
        JSON.stringify({
          service_id: EXAMPLE,
          plan_id: ALDER.sync,
          ...where,
          parameters: { passphrase: [secret], title: secret, shelves: secret, [`x${secret}`]: secret }
        }),
        JSON.stringify({ service_id: secret, plan_id: secret, parameters: secret }),
        secret
      ]) {
        const answer = await client.send({ method: 'PUT', path: path(randomUUID()), body })
        expect(answer.status).to.equal(400)
      }
    }

    /** Resolves when the last operation has ended, however; 404 and 410 are ends too. */
    async function ended(at: string): Promise<void> {
      const deadline = Date.now() + ENDED_WITHIN_MS
      while (Date.now() < deadline) {
        const { body } = await client.send({ method: 'GET', path: path(`${at}/last_operation`) })
        if (body['state'] !== 'in progress') return
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      throw new Error(`${at} has not ended`)
    }

    /** The seeds, which no answer tells, and what comes of them. */
    async function openUp(): Promise<void> {
      const seal = openSeal([{ id: 'k1', key }])
      for (const table of ['resources', 'bindings']) {
        const rows = await storeRows(store, `select id, sealed_seed from ${table}`)
        expect(rows).to.not.equal([])
        for (const row of rows) {
          const seed = seal.open(
            { table, column: 'sealed_seed', row: String(row['id']) },
            String(row['sealed_seed'])
          )
          keepSecret(seed, passwordOf(seed), secretOf(seed, 'admin'))
        }
      }
    }
  })
}

describe('What a broker tells nobody when it cannot even start', function () {
  this.timeout(BUILT_WITHIN_MS)

  after(() => removeBrokers())

  it('is the password of a database that does not answer', async () => {
    const broker = await brokerProcess({
      settings: {},
      env: {
        DATABASE_URL: `postgres://portolan:${made('database')}@127.0.0.1:1/x`,
        PORTOLAN_KEYS: `k1:${randomBytes(32).toString('base64')}`
      }
    })
    expect(
      await broker.start().then(
        () => 'started',
        () => 'ended'
      )
    ).to.equal('ended')
    expect(broker.lines).to.not.deep.equal([])
    expect(journal.leaks()).to.deep.equal([])
  })

  it('is a secret in settings that are full of mistakes', async () => {
    const broker = await brokerProcess({
      settings: {
        platforms: { x: { logins: [{ username: 'x', password: made('login'), pasword: made('typo') }] } },
        operators: [{ username: made('operator'), passwordHash: made('hash') }],
        providers: { scaleway: { adapter: 'scaleway', secretKey: [made('token')], projectId: 1 } },
        keys: made('key')
      }
    })
    expect(
      await broker.start().then(
        () => 'started',
        () => 'ended'
      )
    ).to.equal('ended')
    expect(broker.lines.join('\n')).to.include('logins')
    expect(journal.leaks()).to.deep.equal([])
  })

  it('is a secret of a provider whose settings the adapter refuses', async () => {
    const token = made('token')
    const broker = await brokerProcess({
      settings: {
        local: false,
        providers: {
          scaleway: { adapter: 'scaleway', secretKey: token, projectId: 1, secretkey: made('typo') }
        }
      }
    })
    expect(
      await broker.start().then(
        () => 'started',
        () => 'ended'
      )
    ).to.equal('ended')
    expect(broker.lines.join('\n')).to.include('scaleway')
    expect(journal.leaks()).to.deep.equal([])
  })
})

/** A secret that no other text holds, kept in the journal. */
function made(what: string): string {
  const secret = `${what.slice(0, 2)}${randomBytes(15).toString('base64url')}`
  keepSecret(secret)
  return secret
}
