import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { textAt } from '../../src/contract/read.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import type { LocalName } from '../../src/local/record.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { holdings, payloads } from '../support/hostile-tenant.ts'
import { logsIn } from '../support/logs-in.ts'
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
    return mine.ended(textAt(accepted.body, 'operation'))
  }

  it('explores', async () => {
    for (let i = 0; i < 6; i += 1) {
      const ended = await moved()
      console.log(JSON.stringify(ended).slice(0, 3000))
      if (ended['state'] === 'succeeded') break
      const fixes = [
        'ALTER TABLE public.guarded NO FORCE ROW LEVEL SECURITY',
        'SET ROLE NONE; GRANT ALL ON SCHEMA own TO "' + textAt(attacker.credentials, 'database') + '"',
        'DROP TABLE public.caught'
      ]
      await settled(stage.store)
      const r = await recordOf(stage.store, mine.id)
      console.log(r.state, r.reason)
      if (fixes[i]) await ask(attacker, fixes[i] as string)
      console.log(await ask(attacker, 'SELECT * FROM public.caught').catch((e: Error) => e.message))
    }
    expect(existsSync(file)).to.equal(false)
    expect(await logsIn(attacker.credentials)).to.equal(true)
    void alone
  })
})
