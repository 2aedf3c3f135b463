import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { objectAt, textAt } from '../../src/contract/read.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import type { LocalName } from '../../src/local/record.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { holdings, payloads } from '../support/hostile-tenant.ts'
import { logsIn } from '../support/logs-in.ts'
import { storeRows } from '../support/store-rows.ts'
import { ask } from './switch/fixture.ts'
import { type Bound, expectStatus, type MovingInstance, newInstance } from './switch/instance.ts'
import { recordOf, settled } from './switch/record.ts'
import { openStage, type Stage } from './switch/stage.ts'

const SERVERS: readonly LocalName[] = ['berlin', 'paris']

describe('A hostile tenant that switches over OSB', function () {
  this.timeout(300_000)
  const file = join(tmpdir(), `portolan-switch-loot-${process.pid}`)
  let stage: Stage
  const neighbours = new Map<LocalName, { readonly instance: MovingInstance; readonly bound: Bound }>()
  let alone: Record<LocalName, readonly string[]>
  let mine: MovingInstance
  let attacker: Bound
  let reader: Bound

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    stage = await openStage('sqlite')
    for (const name of SERVERS) {
      const instance = await newInstance(stage.client, name)
      const bound = await instance.bind()
      await ask(bound, 'CREATE TABLE precious AS SELECT 42 AS v')
      neighbours.set(name, { instance, bound })
    }
    alone = await held()
    mine = await newInstance(stage.client, 'berlin')
    attacker = await mine.bind()
    reader = await mine.bind({ access: 'read-only' })
    await plant()
  })

  after(async () => {
    await stage.end()
    await removeBrokers()
  })

  async function held(): Promise<Record<LocalName, readonly string[]>> {
    const [berlin, paris] = [await holdings(stage.server('berlin')), await holdings(stage.server('paris'))]
    return { berlin, paris }
  }

  async function plant(): Promise<void> {
    const planted = payloads({
      login: textAt(attacker.credentials, 'user'),
      reader: textAt(reader.credentials, 'user'),
      group: textAt(attacker.credentials, 'database'),
      neighbour: textAt(neighbours.get('berlin')?.bound.credentials ?? {}, 'database'),
      root: MANAGED_ROOT,
      file
    })
    for (const { title, sql, isRefused } of planted) {
      const answer = await ask(attacker, sql).then(
        () => 'done',
        (error: { code?: unknown }) => error.code
      )
      expect(answer, title).to.be.oneOf(isRefused ? ['42501', '55000'] : ['done'])
    }
  }

  async function moved(): Promise<JsonObject> {
    const accepted = expectStatus(await mine.move('paris'), 202)
    const ended = await mine.ended(textAt(accepted.body, 'operation'))
    await settled(stage.store)
    return ended
  }

  /** Of both servers, all that is not about this one instance: its names are random, and nothing else has them. */
  async function expectNothingGained(): Promise<void> {
    const now = await held()
    const { rows } = await ours()
    for (const name of SERVERS) {
      const others = now[name].filter((line) => !rows.some((own) => line.includes(own)))
      expect(others, name).to.deep.equal(alone[name])
      const powerful = now[name].filter((line) =>
        /"rol(super|createrole|createdb|replication|bypassrls)":true|"admin_option":true/.test(line)
      )
      expect(
        powerful.filter((line) => !alone[name].includes(line)),
        name
      ).to.deep.equal([])
      const { bound } = neighbours.get(name) ?? expect.fail(name)
      expect(await ask(bound, 'SELECT v FROM precious')).to.deep.equal([{ v: 42 }])
    }
    expect(existsSync(file)).to.equal(false)
  }

  /** Names that are this instance's: its resources and its logins. */
  async function ours(): Promise<{ readonly rows: readonly string[] }> {
    const resources = await storeRows(
      stage.store,
      `select name from resources r join instances i on i.id = r.instance where i.osb_id = '${mine.id}'`
    )
    const names = resources.map(({ name }) => String(name))
    return { rows: [...names, textAt(attacker.credentials, 'user'), textAt(reader.credentials, 'user')] }
  }

  it('is refused by name as long as something cannot be read by who must read it', async () => {
    const ended = await moved()
    expect(ended['state']).to.equal('failed')
    expect(ended['description'])
      .to.contain('force-row-level-security (table public.guarded)')
      .and.contain('rights-missing (table own.t)')
      .and.contain(`GRANT USAGE ON SCHEMA own TO ${textAt(attacker.credentials, 'user')}`)
    await expectNothingGained()
  })

  it('goes back when rights belong to somebody who is not there, and names every one; its own traps hold up nobody for ever', async () => {
    const login = textAt(attacker.credentials, 'user')
    await ask(attacker, 'ALTER TABLE public.guarded NO FORCE ROW LEVEL SECURITY')
    await ask(attacker, `SET ROLE NONE; GRANT USAGE ON SCHEMA own TO ${login}`)
    const ended = await moved()
    expect(ended['state']).to.equal('failed')
    expect(ended['description']).to.contain('the copy is different').and.contain('grant on table own.t')
    expect((await recordOf(stage.store, mine.id)).state).to.equal('rolled back')
    expect(
      await ask(attacker, 'CREATE TABLE public.open_again (v int); DROP TABLE public.open_again')
    ).to.be.an('array')
    await expectNothingGained()
  })

  it('goes back when an index changes what is copied, though it runs with no more rights than the tenant has', async () => {
    const neighbour = textAt(neighbours.get('berlin')?.bound.credentials ?? {}, 'database')
    await ask(
      attacker,
      `REVOKE ALL ON public.t, public.parts, public.part, public.rest FROM "${neighbour}";
       DROP POLICY for_neighbour ON public.guarded; DROP POLICY folded ON public.parts;
       ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM "${neighbour}";
       SET ROLE NONE;
       ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM "${neighbour}";
       REVOKE ALL ON folded.own_parts FROM "${neighbour}"; DROP POLICY folded ON folded.own_parts;
       REVOKE ALL ON own.t FROM "${neighbour}"`
    )
    const ended = await moved()
    expect(ended['state']).to.equal('failed')
    expect(ended['description']).to.contain('rows of table public.caught (source: 0 rows')
    await expectNothingGained()
  })

  it('moves with everything else that it planted, which gains nothing at the target either', async () => {
    await ask(attacker, 'DROP TABLE public.caught')
    const ended = await moved()
    expect(ended['state'], String(ended['description'])).to.equal('succeeded')
    await expectNothingGained()
    const { body } = expectStatus(await mine.fetchBinding(attacker.id), 200)
    const credentials = objectAt(body, 'credentials')
    expect(await logsIn(credentials)).to.equal(true)
    expect(await logsIn(attacker.credentials)).to.equal(false)
  })

  it('leaves nothing on either server when it goes', async () => {
    for (const { id } of [attacker, reader]) expectStatus(await mine.tryToUnbind(id), 200)
    expect((await mine.remove()).status).to.be.oneOf([200, 202])
    await settled(stage.store)
    expect(await held()).to.deep.equal(alone)
  })
})
