import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { passwordOf, secretOf } from '../../src/domain/names.ts'
import { openSeal } from '../../src/store/seal.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { journal, keepSecret } from '../support/journal.ts'
import { storeRows } from '../support/store-rows.ts'
import { ask } from './switch/fixture.ts'
import { type Bound, expectStatus, type MovingInstance, newInstance } from './switch/instance.ts'
import { recordOf, type SwitchRecord, settled } from './switch/record.ts'
import { openStage, type Stage } from './switch/stage.ts'
import { startWitness, type Witness, walk } from './switch/witness.ts'

/** Hand-over of the throwaway logins' passwords to the database's tools: private, and gone with the attempt. */
const PASSWORD_FILE = /^login-(from|to)$/

describe('SW-19 what a switch tells nobody', function () {
  this.timeout(240_000)
  /** Content of rows, of a large object and of a comment's neighbour: nothing of it may be written down anywhere. */
  const marker = `marker${randomBytes(12).toString('hex')}`
  const markers = [marker, Buffer.from(marker).toString('hex'), Buffer.from(marker).toString('base64')]
  let stage: Stage
  let instance: MovingInstance
  let bindings: readonly Bound[]
  let witness: Witness
  let record: SwitchRecord
  let work: string
  let stepSecrets: readonly string[]

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    stage = await openStage('sqlite', { LOG_LEVEL: 'trace' })
    work = join(stage.broker.data, 'work')
    instance = await newInstance(stage.client, 'berlin')
    bindings = [await instance.bind(), await instance.bind({ access: 'read-only' })]
    await plantMarkers()
    witness = startWitness(() => stage.broker.pid, work)
    const accepted = expectStatus(await instance.move('paris'), 202)
    const ended = await instance.ended(String(accepted.body['operation']))
    expect(ended['state'], String(ended['description'])).to.equal('succeeded')
    await settled(stage.store)
    await witness.stop()
    record = await recordOf(stage.store, instance.id)
    stepSecrets = await openUp()
  })

  after(async () => {
    await witness.stop()
    await stage.end()
    await removeBrokers()
  })

  async function plantMarkers(): Promise<void> {
    const [writer] = bindings
    if (writer === undefined) throw new Error('no binding')
    await ask(
      writer,
      `CREATE TABLE told (id int PRIMARY KEY, v text NOT NULL UNIQUE, j jsonb, b bytea);
       INSERT INTO told SELECT n, '${marker}' || n, jsonb_build_object('${marker}', n), '${marker}' FROM generate_series(1, 20000) n;
       CREATE MATERIALIZED VIEW told_again AS SELECT v FROM told WHERE id < 100;
       CREATE UNLOGGED TABLE told_briefly AS SELECT v FROM told WHERE id < 100;
       SELECT lo_from_bytea(0, '${marker}'); ANALYZE`
    )
  }

  /** Seeds and what comes of them; answers the passwords of the throwaway logins, however often the lease changed hands. */
  async function openUp(): Promise<readonly string[]> {
    const seal = openSeal([{ id: 'k1', key: stage.key }])
    const steps: string[] = []
    for (const table of ['resources', 'bindings']) {
      const rows = await storeRows(stage.store, `select id, sealed_seed from ${table}`)
      expect(rows).to.not.equal([])
      for (const row of rows) {
        const place = { table, column: 'sealed_seed', row: String(row['id']) }
        const seed = seal.open(place, String(row['sealed_seed']))
        keepSecret(seed, passwordOf(seed), secretOf(seed, 'admin'))
        for (let lease = 0; lease < 10; lease += 1) {
          for (const side of ['from', 'to'])
            steps.push(secretOf(seed, `move ${record.id} ${lease} step ${side}`))
        }
      }
    }
    keepSecret(...steps)
    return steps
  }

  function secrets(): readonly string[] {
    const all = [...journal.secrets, ...markers]
    expect(all.length).to.be.above(20)
    return all
  }

  function foundIn(text: string): readonly string[] {
    return secrets().filter((secret) => text.includes(secret))
  }

  it('is in no command line and no environment of a program it starts', () => {
    const programs = [...witness.programs].join(' ')
    expect(programs).to.contain('pg_dump').and.contain('pg_restore')
    // Between fork and exec a child still is the broker, whose keys the operator gave it this way.
    const others = [...witness.told].filter((text) => !text.includes('PORTOLAN_KEYS='))
    expect(others.filter((text) => foundIn(text).length > 0)).to.deep.equal([])
    expect([...witness.told].some((text) => text.includes('PGPASSFILE='))).to.equal(true)
  })

  it('is in no file it works with, but for the throwaway passwords in files of their own', () => {
    expect([...witness.files.keys()]).to.include.members(['pre-data', 'login-from', 'login-to'])
    for (const [name, contents] of witness.files) {
      const isTheirs = (secret: string) => PASSWORD_FILE.test(name) && stepSecrets.includes(secret)
      for (const content of contents)
        expect(
          foundIn(content).filter((secret) => !isTheirs(secret)),
          name
        ).to.deep.equal([])
    }
    const handed = [...(witness.files.get('login-from') ?? [])].join('')
    expect(
      stepSecrets.some((secret) => handed.includes(secret)),
      'the password that was looked for'
    ).to.equal(true)
  })

  it('works in files that nobody else may read, and leaves none', () => {
    expect([...witness.open]).to.deep.equal([])
    expect(walk(work).filter((path) => path !== work)).to.deep.equal([])
  })

  it('is in no log, receipt or clear column', async () => {
    expect(journal.leaks()).to.deep.equal([])
    expect(foundIn(stage.broker.lines.join('\n'))).to.deep.equal([])
    const { receipt } = record
    const payload = Buffer.from(receipt?.split('.')[1] ?? '', 'base64url').toString('utf8')
    expect(payload).to.contain(instance.id)
    expect(foundIn(`${receipt} ${payload}`)).to.deep.equal([])
    const tables = await storeRows(stage.store, `select name from sqlite_master where type = 'table'`)
    for (const { name } of tables) {
      const text = JSON.stringify(await storeRows(stage.store, `select * from "${String(name)}"`))
      expect(foundIn(text), String(name)).to.deep.equal([])
    }
  })

  it('is in no log of the two servers', () => {
    const logs = walk(stage.broker.data).filter((path) => path.endsWith('.log'))
    for (const path of logs) expect(foundIn(readFileSync(path, 'utf8')), path).to.deep.equal([])
  })

  it('goes on to open what it should', async () => {
    for (const { id } of bindings) {
      const { body } = expectStatus(await instance.fetchBinding(id), 200)
      const [row] = await ask(
        { credentials: body['credentials'] as Bound['credentials'] },
        'SELECT count(*)::int AS n FROM told'
      )
      expect(row).to.deep.equal({ n: 20_000 })
    }
  })
})
