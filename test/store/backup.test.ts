import { expect } from 'chai'
import { backupLines } from '../../src/store/backup.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { ALL_OWN, ownTables } from '../../src/store/own-tables.ts'
import { RESTORED, recoveryReason } from '../../src/store/recovery.ts'
import { checkBackup, holdsRows, type Lines, restore } from '../../src/store/restore.ts'
import { openSeal } from '../../src/store/seal.ts'
import { auditSealer } from '../../src/store/seal-audit.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { type Core, KEY, openCore, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { bind, fetchBinding, poll, provision, unbind } from '../support/requests.ts'

const OTHER = { id: 'other', key: Buffer.alloc(32, 9) }

for (const from of databases)
  for (const to of databases) {
    describe(`A backup of ${from.name}, restored into ${to.name}`, function () {
      this.timeout(60_000)
      const places: Place[] = []
      let core: Core

      beforeEach(async () => {
        places.push(await from.fresh(), await to.fresh())
        core = await openCore(source())
      })
      afterEach(async () => {
        await core.close()
        for (const place of places.splice(0)) await place.drop()
      })

      const source = () => (places[0] as Place).address
      const target = () => (places[1] as Place).address

      it('has every row, and the broker goes on with it', async () => {
        await provision(core, 'i1', 'quick', { body: { parameters: { size: 3 } } })
        const credentials = (await bind(core, 'i1', 'b1', 'quick')).body
        const slow = await provision(core, 'i2\u2028', 'slow')
        expect(slow.status).to.equal(202)
        await auditSealer(core.store, 'one').seal()
        const { engine, cloud } = core
        await engine.stop(1000)
        const lines = await linesOf(core.store)
        await restored(target(), lines)
        const before = await content(core.store)
        await core.close()

        const idle = await openCore(target(), { cloud, idle: true })
        expect(await content(idle.store)).to.deep.equal(before)
        await idle.close()
        core = await openCore(target(), { cloud })
        expect((await fetchBinding(core, 'i1', 'b1')).body).to.deep.include({
          credentials: (credentials as { credentials: object }).credentials
        })
        expect((await provision(core, 'i1', 'quick', { body: { parameters: { size: 3 } } })).status).to.equal(
          200
        )
        expect((await provision(core, 'i3', 'quick')).status).to.equal(201)
        core.clock.advance(60_000)
        await core.settle()
        expect((await poll(core, 'i2\u2028')).body).to.deep.include({ state: 'succeeded' })
        expect((await unbind(core, 'i1', 'b1', 'quick')).status).to.equal(200)
      })

      it('says that it was restored, until somebody outside can tell that nothing is missing', async () => {
        await provision(core, 'i1', 'quick')
        await restored(target(), await linesOf(core.store))
        const database = await openStoreAt(target())
        const store = openStore(database, openSeal([KEY]))
        const reason = await database.read((session) => recoveryReason(store, session))
        await database.close()
        expect(reason?.witness).to.equal(RESTORED)
      })

      it('takes the place of what is there, or leaves it as it was', async () => {
        await provision(core, 'i1', 'quick')
        const lines = await linesOf(core.store)
        const other = await openCore(target())
        await provision(other, 'else', 'quick')
        expect(await holdsRows(other.store)).to.equal(true)
        const before = await content(other.store)
        const broken = lines.map((line) => (line.startsWith('[') && line.includes('"i1"') ? '[null]' : line))
        await other.engine.stop(1000)
        expect(await outcome(restored(target(), broken, lines))).to.not.equal('done')
        expect(await content(other.store)).to.deep.equal(before)
        await other.close()
        await restored(target(), lines)
        const database = await openStoreAt(target())
        const rows = await database.read((session) => session.read('select osb_id from instances'))
        await database.close()
        expect(rows).to.deep.equal([{ osb_id: 'i1' }])
      })
    })
  }

describe('A backup', function () {
  this.timeout(30_000)
  let place: Place
  let core: Core
  let lines: readonly string[]

  before(async () => {
    place = await (databases[0] as (typeof databases)[0]).fresh()
    core = await openCore(place.address)
    await provision(core, 'i1', 'quick', { body: { parameters: { secret: 'do not tell' } } })
    lines = await linesOf(core.store)
  })
  after(async () => {
    await core.close()
    await place.drop()
  })

  const check = (text: readonly string[], keys = [KEY]) =>
    outcome(checkBackup({ seal: openSeal(keys) }, given(text)))

  it('is accepted as it was made', async () => {
    expect(await check(lines)).to.equal('done')
  })

  it('is refused wherever it is cut off', async () => {
    for (let end = 0; end < lines.length; end++)
      expect(await check(lines.slice(0, end)), `${end} lines`).to.equal('NotABackup')
    expect(await check([...lines.slice(0, -1), (lines.at(-1) ?? '').slice(0, -4)])).to.equal('NotABackup')
  })

  it('is refused when a row was taken out, added or changed', async () => {
    expect(await check(lines.toSpliced(5, 1))).to.equal('NotABackup')
    expect(await check(lines.toSpliced(5, 0, lines[5] ?? ''))).to.equal('NotABackup')
    expect(await check(lines.map((line) => line.replace('"i1"', '"i9"')))).to.equal('NotABackup')
    expect(await check([...lines, lines[5] ?? ''])).to.equal('NotABackup')
  })

  it('is refused with wrong keys', async () => {
    expect(await check(lines, [OTHER])).to.equal('CannotOpen')
    expect(await check(lines, [{ ...KEY, key: OTHER.key }])).to.equal('CannotOpen')
  })

  it('is refused by a program that is older than it', async () => {
    const [head = '', ...rest] = lines
    const newer = JSON.stringify({ ...JSON.parse(head), schema: MIGRATIONS.length + 1 })
    expect(await check([newer, ...rest])).to.equal('NotABackup')
  })

  it('has no key and no secret in it', () => {
    const text = lines.join('\n')
    expect(text).to.not.include('do not tell')
    for (const form of ['base64', 'base64url', 'hex'] as const)
      expect(text).to.not.include(KEY.key.toString(form).replace(/=+$/, ''))
  })

  it('has every table that the migrations make', () => {
    const made = MIGRATIONS.flat().flatMap((text) => /create table (\w+)/.exec(text)?.[1] ?? [])
    const known = [...ownTables().map(({ name }) => name), ...ALL_OWN]
    expect(made.filter((name) => !known.includes(name))).to.deep.equal([])
    expect(ownTables().filter(({ key }) => key === undefined)).to.deep.equal([])
  })
})

async function linesOf(store: Store): Promise<readonly string[]> {
  return store.database.snapshot(async (session) => {
    const broker = (await store.settings.get(session, 'broker')) ?? ''
    const lines: string[] = []
    for await (const line of backupLines(store, session, { schema: MIGRATIONS.length, broker, at: 1 }))
      lines.push(line)
    return lines
  })
}

function given(text: readonly string[]): Lines {
  return async function* () {
    yield* text
  }
}

/** `checked`: what was looked at before, where that is something else. */
async function restored(address: Place['address'], text: readonly string[], checked = text): Promise<void> {
  const database = await openStoreAt(address)
  try {
    const store = openStore(database, openSeal([KEY]))
    await restore(store, await checkBackup(store, given(checked)), given(text))
  } finally {
    await database.close()
  }
}

async function content(store: Store): Promise<unknown> {
  return store.database.read(async (session) => {
    const found: Record<string, unknown> = {}
    for (const { name } of ownTables()) {
      const rows = await session.read(`select * from ${name}`)
      found[name] = rows
        .filter((row) => row['name'] !== 'recovery')
        .map((row) => JSON.stringify(row, Object.keys(row).toSorted()))
        .toSorted()
    }
    return found
  })
}

function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: Error) => error.name
  )
}
