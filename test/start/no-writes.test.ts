import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadConfig } from '../../src/config/load-config.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { startBroker } from '../../src/main.ts'
import type { RunningBroker } from '../../src/start/broker.ts'
import type { Database } from '../../src/store/session.ts'
import { databases, type Place } from '../support/databases.ts'
import { basic } from '../support/edge.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'
import { postgresServer, withClient } from '../support/postgres-server.ts'

const PLATFORM = { username: 'cf', password: 'cf-Kq7v2NcX0w8LmTfJ3' }
const OPERATOR = { username: 'ops', password: 'ops-Kq7v2NcX0w8LmTfJ' }
const FROM_OUTSIDE = { 'X-Forwarded-For': '203.0.113.9' }

for (const kind of databases) {
  describe(`A broker whose store answers and takes no writes, ${kind.name}`, function () {
    this.timeout(60_000)
    let folder: string
    let place: Place
    let database: Database
    let broker: RunningBroker

    before(async () => {
      place = await kind.fresh()
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-no-writes-')))
      const { address } = place
      const settings: JsonObject = {
        database: address.kind === 'postgres' ? address.url : `sqlite:${address.path}`,
        data: 'data',
        keys: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
        catalog: EXAMPLE_CATALOG,
        providers: EXAMPLE_PROVIDERS,
        platforms: { cf: { logins: [PLATFORM] } },
        operators: [OPERATOR]
      }
      writeFileSync(join(folder, 'portolan.yaml'), JSON.stringify(settings), { mode: 0o600 })
      const env = { PORT: '0', LOG_LEVEL: 'silent' }
      broker = await startBroker(loadConfig(env, undefined, folder), {
        database: (real) => (database = real),
        registry: (real) => real
      })
    })
    after(async () => {
      await broker?.stop()
      await place?.drop()
      rmSync(folder, { recursive: true, force: true })
    })

    const get = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${broker.url}${path}`, { headers })
      return { status: answer.status, body: (await answer.json()) as JsonObject }
    }
    const provision = (id: number): Promise<Response> =>
      fetch(`${broker.url}/v2/service_instances/i${id}`, {
        method: 'PUT',
        headers: {
          authorization: basic(PLATFORM.username, PLATFORM.password),
          'x-broker-api-version': '2.17'
        },
        body: JSON.stringify({
          service_id: '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1',
          plan_id: '6f06daeb-11be-42dd-b598-318f66e43ecf',
          organization_guid: 'o',
          space_guid: 's',
          parameters: { title: 'one' }
        })
      })
    const pragma = (text: string) => database.write((session) => session.read(`pragma ${text}`))

    const trouble =
      kind.name === 'SQLite'
        ? {
            text: 'its disk is full',
            begin: async () => {
              const [row] = await pragma('page_count')
              await pragma(`max_page_count = ${row?.['page_count']}`)
            },
            end: () => pragma('max_page_count = 1000000')
          }
        : {
            text: 'it is read-only',
            begin: () => readOnly('on'),
            end: () => readOnly('off')
          }

    async function readOnly(value: 'on' | 'off'): Promise<void> {
      const name = place.address.kind === 'postgres' ? new URL(place.address.url).username : ''
      await withClient((await postgresServer()).superuser, async (client) => {
        await client.query(`ALTER ROLE ${name} SET default_transaction_read_only = ${value}`)
        await client.query(
          `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '${name}'`
        )
      })
    }

    /** Asked twice a second, as balancers do; answers the last status. */
    async function readyWithin(seconds: number): Promise<number> {
      for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
        if ((await get('/readyz')).status === 200) return 200
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      return 503
    }

    it('is ready before', async () => {
      const { status, body } = await get('/readyz')
      expect(status).to.equal(200)
      expect(body).to.deep.nested.include({ 'details.store': 'answers' })
      expect((await provision(0)).status).to.equal(201)
    })

    it('is not ready once a write was refused with 503; doctor says why; it comes back by itself', async () => {
      await trouble.begin()
      let refused = await provision(1)
      // What was freed before is room, too.
      for (let id = 2; refused.status === 201 && id < 200; id++) refused = await provision(id)
      expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '5'])

      const here = await get('/readyz')
      expect(here.status).to.equal(503)
      const text = `answers, but takes no writes: ${trouble.text}`
      expect(here.body).to.deep.nested.include({ 'details.store': text })
      expect((await get('/readyz', FROM_OUTSIDE)).body).to.deep.equal({
        status: 'not ready',
        error: 'ServiceUnavailable',
        description: 'The broker is not ready.'
      })
      const operator = { authorization: basic(OPERATOR.username, OPERATOR.password) }
      const { worst, findings } = (await get('/api/doctor', operator)).body
      expect(worst).to.equal('refused')
      expect(findings)
        .to.be.an('array')
        .that.deep.includes({
          about: 'store',
          level: 'refused',
          subject: kind.name === 'SQLite' ? 'sqlite' : 'postgres',
          text: `takes no writes: ${trouble.text}`,
          remedy: 'mend that: what could not be written is tried again by itself'
        })
      expect((await get('/livez')).status).to.equal(200)

      await trouble.end()
      expect(await readyWithin(30)).to.equal(200)
      expect((await provision(1000)).status).to.equal(201)
    })
  })
}
