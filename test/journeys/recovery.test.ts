import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { objectAt, textAt } from '../../src/contract/read.ts'
import type { LocalName } from '../../src/local/record.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { logsIn } from '../support/logs-in.ts'
import { need } from '../support/need.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { withClient } from '../support/postgres-server.ts'
import { storeRows } from '../support/store-rows.ts'
import { ask } from './switch/fixture.ts'
import { type Bound, expectStatus, type MovingInstance, newInstance, pause } from './switch/instance.ts'
import { recordOf, settled } from './switch/record.ts'
import { openStage, type Stage } from './switch/stage.ts'

const BEFORE = 100
const SINCE = 50

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`A store from before a switch, restored after it, on ${kind}`, function () {
    this.timeout(180_000)
    let stage: Stage
    let at: Desk
    let instance: MovingInstance
    let bound: Bound
    /** The same binding as the application has it since the switch. */
    let moved: Bound
    let source: string
    let target: string

    before(async function () {
      this.timeout(BUILT_WITHIN_MS)
      stage = await openStage(kind)
      at = desk()
      instance = await newInstance(stage.client, 'berlin')
      bound = await instance.bind()
      await ask(bound, `CREATE TABLE mine AS SELECT n FROM generate_series(1, ${BEFORE}) n`)
      expect((await run(`backup ${join(at.folder, 'early')}`)).code).to.equal(0)
      await move()
      moved = await fetched()
      await ask(moved, `INSERT INTO mine SELECT n FROM generate_series(1, ${SINCE}) n`)
      await stage.broker.stop()
      expect((await run(`restore ${join(at.folder, 'early')} --replace --yes`)).code).to.equal(0)
      await stage.broker.start()
    })
    after(async () => {
      await stage?.end()
      await removeBrokers()
      at?.remove()
    })

    it('is served: reads and polls are answered, what would change anything is 503 with a sentence', async () => {
      expect((await instance.fetch()).body['plan_id']).to.equal('7f3b62a8-99f4-4198-9691-40140489e237')
      expect((await instance.lastOperation()).body['state']).to.equal('succeeded')
      expect((await fetched()).credentials).to.deep.equal(bound.credentials)
      for (const refused of [
        await instance.tryToBind(randomUUID()),
        await instance.tryToUnbind(bound.id),
        await instance.move('paris'),
        await instance.remove()
      ]) {
        expect(refused.status).to.equal(503)
        expect(refused.headers['retry-after']).to.match(/^\d+$/)
        expect(refused.body['description']).to.include('older than what was made since')
      }
      await expectSwitchRefused()
      await nothingIsLost()
    })

    it('tells why, and that the provider has something which it does not know; and asks', async () => {
      const { code, out, err } = await run('recover')
      expect([code, err.includes('--yes')]).to.deep.equal([2, true])
      expect(out).to.match(/The broker recovers since [^]* saw the link \d+/)
      expect(out).to.match(/the store does not know them:\n.*\nparis +postgresql .* 2\n/)
      expect(out).to.not.match(/Not there|Of another generation|Gone by the store/)
      await nothingIsLost()
    })

    it('removes nothing when it is confirmed, nor after the next start', async () => {
      const { code, out } = await run('recover --yes')
      expect(code, out).to.equal(0)
      await stage.broker.stop()
      await stage.broker.start()
      await settled(stage.store)
      await nothingIsLost()
      expect((await run('recover')).out).to.match(/does not recover[^]*paris +postgresql/)
      const doctor = await run('doctor --live')
      expect(doctor.out).to.include(`database ${target}`)
      expect(doctor.out).to.not.include('has no use')
    })

    it('makes no binding that nobody could use, and moves nothing from there: both are told why', async () => {
      expect((await fetched()).credentials).to.deep.equal(bound.credentials)
      expect(await logsIn(bound.credentials)).to.equal(false)
      const refused = await instance.tryToBind(randomUUID())
      expect(refused.status).to.equal(502)
      expect(refused.body['description']).to.match(/closed by a switch and its data is somewhere else/)
      const planned = await run(`switch plan ${instance.id} --to paris-small`)
      expect(planned.code).to.equal(1)
      expect(planned.out).to.include('source-closed')
      await expectSwitchRefused()
      await settled(stage.store)
      await nothingIsLost()
    })

    it('brings the instance to its provider again: opened as told, filled from where it was, switched anew', async () => {
      const { out } = await run(`switch plan ${instance.id} --to paris-small --json`)
      const closed = findings(JSON.parse(out)).find(({ id }) => id === 'source-closed')
      const [, statements = ''] = String(closed?.['remedy']).split('open it again: ')
      await withClient(stage.server('berlin'), (root) => root.query(statements))
      await pour(moved, bound)
      expect(await rowsOf(bound)).to.equal(BEFORE + SINCE)
      await move()
      expect(await rowsOf(await fetched())).to.equal(BEFORE + SINCE)
      expect((await fetched()).credentials['port']).to.equal(moved.credentials['port'])
      expect((await instance.tryToBind(randomUUID())).status).to.equal(201)
      expect(await rowsOf(moved), 'what the store does not know').to.equal(BEFORE + SINCE)
    })

    const run = (line: string) =>
      at.run(line.split(' '), {
        PORTOLAN_DATA: stage.broker.data,
        PORTOLAN_KEYS: `k1:${stage.key.toString('base64')}`,
        PORT: String(stage.broker.port),
        ...(stage.store.kind === 'postgres' ? { DATABASE_URL: stage.store.url } : {})
      })

    async function fetched(): Promise<Bound> {
      const { body } = expectStatus(await instance.fetchBinding(bound.id), 200)
      return { id: bound.id, credentials: objectAt(body, 'credentials') }
    }

    async function move(): Promise<void> {
      const operation = textAt(expectStatus(await instance.move('paris'), 202).body, 'operation')
      for (;;) {
        const { body } = await instance.lastOperation(operation)
        if (body['state'] !== 'in progress') {
          expect(body['state'], String(body['description'])).to.equal('succeeded')
          break
        }
        await pause(100)
      }
      await settled(stage.store)
      const { from, to } = await recordOf(stage.store, instance.id)
      ;[source, target] = [source ?? from, target ?? to]
    }

    async function expectSwitchRefused(): Promise<void> {
      const refused = await run(`switch start ${instance.id} --to paris-small`)
      expect(refused.code).to.equal(1)
      expect(refused.err).to.match(/^portolan: /m)
    }

    /** Both databases have every row; nothing was begun. */
    async function nothingIsLost(): Promise<void> {
      expect(await rowsOf(moved)).to.equal(BEFORE + SINCE)
      expect(await rowsBehind('berlin', source)).to.equal(BEFORE)
      const open = await storeRows(
        stage.store,
        `select kind from operations where state = 'in progress' and kind <> 'look'`
      )
      expect(open).to.deep.equal([])
    }

    /** Of a database that is closed: as a login that is made for the look. */
    async function rowsBehind(server: LocalName, database: string): Promise<number> {
      const root = stage.server(server)
      const looker = {
        user: `look_${randomBytes(6).toString('hex')}`,
        password: randomBytes(12).toString('hex')
      }
      const outside = (sql: string) => withClient(root, (client) => client.query(sql))
      await outside(
        `CREATE ROLE "${looker.user}" LOGIN PASSWORD '${looker.password}' IN ROLE "${database}";
         GRANT CONNECT ON DATABASE "${database}" TO "${looker.user}"`
      )
      try {
        return await withClient({ ...root, database, ...looker }, async (client) => {
          const { rows } = await client.query('SELECT count(*)::int AS many FROM mine')
          return Number(rows[0]?.many)
        })
      } finally {
        await outside(
          `REVOKE ALL ON DATABASE "${database}" FROM "${looker.user}"; DROP ROLE "${looker.user}"`
        )
      }
    }
  })
}

async function rowsOf(bound: Bound): Promise<number> {
  const [row] = await ask(bound, 'SELECT count(*)::int AS many FROM mine')
  return Number(row?.['many'])
}

function findings(plan: JsonObject): readonly JsonObject[] {
  const list = plan['findings']
  return Array.isArray(list) ? (list as JsonObject[]) : []
}

/** As the README tells an operator, with nothing but the credentials of the binding. */
async function pour(from: Bound, to: Bound): Promise<void> {
  const [dump, load] = [need('pg_dump'), need('psql')]
  await promisify(execFile)('sh', [
    '-c',
    '"$0" --clean --if-exists --no-owner --no-privileges "$1" | "$2" --quiet --single-transaction --set=ON_ERROR_STOP=1 "$3"',
    dump,
    textAt(from.credentials, 'uri'),
    load,
    textAt(to.credentials, 'uri')
  ])
}
