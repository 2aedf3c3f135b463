import { expect } from 'chai'
import { Refusal } from '../../src/domain/refusal.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Database, Session } from '../../src/store/session.ts'
import { moment, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'

for (const kind of databases) {
  describe(`The database ${kind.name}`, function () {
    this.timeout(30_000)
    let place: Place
    let database: Database

    beforeEach(async () => {
      place = await kind.fresh()
      database = await openDatabase(place.address)
      await database.write((session) =>
        session.write('create table words (word text primary key, n bigint not null)')
      )
    })

    afterEach(async () => {
      await database.close()
      await place.drop()
    })

    const add = (word: string) => (session: Session) =>
      session.write('insert into words (word, n) values (?, 1)', [word])

    async function words(): Promise<string[]> {
      const rows = await database.read((session) => session.read('select word from words order by word'))
      return rows.map((row) => String(row['word']))
    }

    const outcome = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: Error) => error.name
      )

    it('keeps what was written before the promise resolves', async () => {
      await database.write(add('a'))
      expect(await words()).to.deep.equal(['a'])
    })

    it('commits a hundred concurrent writes', async () => {
      await Promise.all(Array.from({ length: 100 }, (_, n) => database.write(add(`w${n}`))))
      expect(await words()).to.have.length(100)
    })

    it('undoes a piece of work that fails and none of those that were written together with it', async () => {
      const fails = database.write(async (session) => {
        await add('half')(session)
        throw new Error('later')
      })
      const outcomes = await Promise.all([
        outcome(database.write(add('a'))),
        outcome(fails),
        outcome(database.write(add('b')))
      ])
      expect(outcomes).to.deep.equal(['done', 'Error', 'done'])
      expect(await words()).to.deep.equal(['a', 'b'])
    })

    it('undoes a piece of work whose queued statement fails, and none of the others', async () => {
      await database.write(add('taken'))
      const fails = database.write(async (session) => {
        session.queue('insert into words (word, n) values (?, 1)', ['half'])
        session.queue('insert into words (word, n) values (?, 1)', ['taken'])
      })
      const outcomes = await Promise.all([
        outcome(database.write(add('a'))),
        outcome(fails),
        outcome(database.write(add('b')))
      ])
      expect(outcomes[1]).to.not.equal('done')
      expect(await words()).to.deep.equal(['a', 'b', 'taken'])
    })

    it('lets a refusal that wrote nothing disturb nobody', async () => {
      const refused = database.write(async (session) => {
        await session.read('select 1 as one')
        throw new Refusal(409, 'no')
      })
      const outcomes = await Promise.all([
        outcome(database.write(add('a'))),
        outcome(refused),
        outcome(database.write(add('b')))
      ])
      expect(outcomes).to.deep.equal(['done', 'Refusal', 'done'])
      expect(await words()).to.deep.equal(['a', 'b'])
    })

    it('does not show what is not committed yet', async () => {
      let seen: string[] = ['?']
      await database.write(async (session) => {
        await add('a')(session)
        seen = await words()
      })
      expect(seen).to.deep.equal([])
    })

    it('gives whole numbers back as numbers and text as text', async () => {
      const [row] = await database.write(async (session) => {
        await session.write('insert into words (word, n) values (?, ?)', ['42', 1_772_366_400_000])
        return session.read('select word, n, count(*) over () as many from words')
      })
      expect(row).to.deep.equal({ word: '42', n: 1_772_366_400_000, many: 1 })
    })

    it('tells how many rows were changed, and returns rows that are asked for', async () => {
      await database.write(add('a'))
      await database.write(add('b'))
      const { changed, returned } = await database.write(async (session) => ({
        changed: await session.write('update words set n = 2'),
        returned: await session.write('update words set n = 3 where word = ? returning word, n', ['b'])
      }))
      expect(changed.changes).to.equal(2)
      expect(returned).to.deep.equal({ rows: [{ word: 'b', n: 3 }], changes: 1 })
    })

    it('goes on after a failed statement', async () => {
      expect(
        await outcome(database.write((session) => session.write('insert into nowhere values (1)')))
      ).to.not.equal('done')
      await database.write(add('a'))
      expect(await words()).to.deep.equal(['a'])
    })

    it('finishes what is under way before it closes', async () => {
      const other = await openDatabase(place.address)
      const writes = Promise.all([other.write(add('a')), other.write(add('b'))])
      await writes
      await other.close()
      expect(await words()).to.deep.equal(['a', 'b'])
    })
  })
}

describe('SQLite, group commit', () => {
  it('runs work that waits while a commit is under way in one transaction', async () => {
    const [sqlite] = databases
    const place = await (sqlite as (typeof databases)[0]).fresh()
    const database = await openDatabase(place.address)
    const changes = async (session: Session) => {
      const [row] = await session.read('select total_changes() as n')
      return Number(row?.['n'])
    }
    await database.write((session) => session.write('create table t (n bigint)'))
    const seen = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        database.write(async (session) => {
          await session.write('insert into t (n) values (?)', [n])
          await moment(2)
          return {
            changes: await changes(session),
            committed: (await database.read((s) => s.read('select count(*) as n from t')))[0]?.['n']
          }
        })
      )
    )
    expect(seen.map(({ committed }) => committed)).to.deep.equal([0, 0, 0, 0, 0])
    await database.close()
    await place.drop()
  })
})

const LISTENING = `from pg_stat_activity where query like 'LISTEN%' and datname = current_database()`

describe('PostgreSQL, several processes', function () {
  this.timeout(30_000)
  const postgres = databases[1] as (typeof databases)[0]
  let place: Place
  let opened: Database[] = []

  async function open(idleMs?: number): Promise<Database> {
    const database = await openDatabase(place.address, undefined, idleMs)
    opened.push(database)
    return database
  }

  beforeEach(async () => {
    place = await postgres.fresh()
    opened = []
  })

  afterEach(async () => {
    for (const database of opened) await database.close()
    await place.drop()
  })

  it('hears what another process announces', async () => {
    const [one, other] = [await open(), await open()]
    let heard = 0
    await one.listen(() => heard++)
    other.notify()
    await until(() => heard > 0)
  })

  it('listens again after its connection was ended, and holds no more connections than before', async () => {
    const [one, other] = [await open(), await open()]
    let heard = 0
    await one.listen(() => heard++)
    const listening = async () => {
      const rows = await other.read((session) => session.read(`select pid ${LISTENING}`))
      return rows.map((row) => Number(row['pid']))
    }
    for (let time = 0; time < 2; time++) {
      const [old] = await listening()
      await other.read((session) => session.read(`select pg_terminate_backend(pid)::text ${LISTENING}`))
      await until(async () => {
        const pids = await listening()
        return pids.length === 1 && pids[0] !== old
      }, 8000)
    }
    const before = heard
    other.notify()
    await until(() => heard > before)
  })

  it('closes while it listens, and leaves nothing running', async () => {
    const one = await openDatabase(place.address)
    await one.listen(() => {})
    await one.close()
  })

  it('runs work again when a lost race forbids the commit', async () => {
    const database = await open()
    await database.write((session) => session.write('create table t (id text primary key)'))
    let runs = 0
    let haveRead = 0
    let allHaveRead = (): void => {}
    const together = new Promise<void>((resolve) => {
      allHaveRead = resolve
    })
    const insertIfMissing = () =>
      database.write(async (session) => {
        runs++
        const rows = await session.read('select 1 as one from t where id = ?', ['x'])
        if (rows.length > 0) return 'there'
        if (++haveRead === 3) allHaveRead()
        await together
        await session.write('insert into t (id) values (?)', ['x'])
        return 'made'
      })
    const outcomes = await Promise.all([insertIfMissing(), insertIfMissing(), insertIfMissing()])
    expect(outcomes.toSorted()).to.deep.equal(['made', 'there', 'there'])
    expect(runs).to.be.greaterThan(3)
  })

  it('does not wait for ever for a process that fell asleep within a transaction', async () => {
    const [sleeper, other] = [await open(1000), await open()]
    await sleeper.write((session) => session.write('create table t (n bigint)'))
    await sleeper.write((session) => session.write('insert into t (n) values (0)'))
    let wakeUp = (): void => {}
    let fallenAsleep = (): void => {}
    const asleep = new Promise<void>((resolve) => {
      fallenAsleep = resolve
    })
    const awake = new Promise<void>((resolve) => {
      wakeUp = resolve
    })
    let runs = 0
    const slept = sleeper.write(async (session) => {
      runs += 1
      await session.write('update t set n = n + 1')
      if (runs > 1) return
      fallenAsleep()
      await awake
    })
    await asleep
    await other.write((session) => session.write('update t set n = n + 10'))
    wakeUp()
    await slept
    const rows = await other.read((session) => session.read('select n from t'))
    expect({ rows, runs }).to.deep.equal({ rows: [{ n: 11 }], runs: 2 })
  })

  it('runs work again when its connection is lost before the commit', async () => {
    const [database, killer] = [await open(), await open()]
    await database.write((session) => session.write('create table t (id text primary key)'))
    let runs = 0
    await database.write(async (session) => {
      const [row] = await session.read('select pg_backend_pid() as pid')
      await session.write('insert into t (id) values (?)', ['x'])
      if (++runs === 1) {
        await killer.read((other) => other.read(`select pg_terminate_backend(${Number(row?.['pid'])})::text`))
        await moment(20)
      }
    })
    const [row] = await database.read((session) => session.read('select count(*) as n from t'))
    expect(runs).to.equal(2)
    expect(row?.['n']).to.equal(1)
  })

  it('lives by the database’s time and not by the process’s', async () => {
    const database = await open()
    const realNow = Date.now
    try {
      Date.now = () => 0
      const rows = await database.read((session) => session.read('select :now as now'))
      expect(Number(rows[0]?.['now'])).to.be.closeTo(realNow(), 60_000)
    } finally {
      Date.now = realNow
    }
  })
})

describe('SQLite, a new file', function () {
  this.timeout(30_000)

  it('may be opened by several at the same moment', async () => {
    const [sqlite] = databases
    for (let round = 0; round < 5; round++) {
      const place = await (sqlite as (typeof databases)[0]).fresh()
      const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase(place.address)))
      for (const database of opened) await database.close()
      await place.drop()
    }
  })
})
