import { expect } from 'chai'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { isOutage } from '../../src/store/outage.ts'
import type { Database } from '../../src/store/session.ts'
import { type WriteWatchOptions, watchWrites } from '../../src/store/write-watch.ts'
import { until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { postgresServer, withClient } from '../support/postgres-server.ts'

/** Whoever asks has it tried anew, and waits until that has ended. */
const ANEW = { soundMs: 0, refusedMs: 0, patienceMs: 60_000 }
const FOR_LONG = { soundMs: 600_000, refusedMs: 600_000, patienceMs: 60_000 }

for (const kind of databases) {
  describe(`The watch over writes, ${kind.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let real: Database
    /** Writes that reached the database since it was opened. */
    let writes: number

    beforeEach(async () => {
      place = await kind.fresh()
      await open()
      await migrate(real)
      writes = 0
    })
    afterEach(async () => {
      await real.close()
      await place.drop()
    })

    async function open(): Promise<void> {
      const opened = await openDatabase(place.address)
      real = new Proxy(opened, {
        get(target, name) {
          if (name === 'write') writes += 1
          const found: unknown = Reflect.get(target, name)
          return typeof found === 'function' ? found.bind(target) : found
        }
      })
    }

    const watch = (options: WriteWatchOptions = ANEW) => watchWrites(real, options)
    const insert = (database: Database, name: string) =>
      database.write((session) =>
        session.write('insert into settings (name, value) values (?, ?)', [name, 'x'.repeat(3000)])
      )
    /** What earlier writes gave back is room, and is used up before. */
    async function refusedWriteOf(database: Database): Promise<unknown> {
      for (let number = 0; number < 100; number++) {
        const failure = await failureOf(insert(database, `w${number}`))
        if (failure !== undefined) return failure
      }
      throw new Error('nothing was refused')
    }
    const failureOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => undefined,
        (error: unknown) => error
      )

    interface Trouble {
      begin(): Promise<unknown>
      /** Absent: SQLite takes no statement any more that would end it. */
      readonly end?: () => Promise<unknown>
    }

    /** Real refusals of that database. */
    const troubles: Readonly<Record<string, Trouble>> =
      kind.name === 'SQLite'
        ? {
            'its disk is full': {
              begin: async () => {
                const [row] = await pragma('page_count')
                await pragma(`max_page_count = ${row?.['page_count']}`)
              },
              end: () => pragma('max_page_count = 1000000')
            },
            'it is read-only': { begin: () => pragma('query_only = 1') }
          }
        : { 'it is read-only': { begin: () => readOnly('on'), end: () => readOnly('off') } }

    const pragma = (text: string) => real.write((session) => session.read(`pragma ${text}`))

    /** As a server does it that becomes a standby: whoever comes back may only read. */
    async function readOnly(value: 'on' | 'off'): Promise<void> {
      const { pathname } = new URL(place.address.kind === 'postgres' ? place.address.url : '')
      const name = pathname.slice(1)
      await withClient((await postgresServer()).superuser, async (client) => {
        await client.query(`ALTER ROLE ${name} SET default_transaction_read_only = ${value}`)
        await client.query(
          `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '${name}'`
        )
      })
    }

    it('says nothing of a store that takes writes, and leaves one row behind', async () => {
      const { writes: told } = watch()
      for (let asked = 0; asked < 3; asked++) expect(await told.refusal()).to.equal(undefined)
      const rows = await real.read((session) => session.read('select name from leases'))
      expect(rows).to.have.length(1)
    })

    it('many who ask at once, and soon after, cost one write', async () => {
      const { writes: told } = watch(FOR_LONG)
      await Promise.all(Array.from({ length: 100 }, () => told.refusal()))
      for (let asked = 0; asked < 10; asked++) await told.refusal()
      expect(writes).to.equal(1)
    })

    for (const [text, { begin, end }] of Object.entries(troubles)) {
      it(`tells that ${text} though nothing else writes${end ? ', and that it is over' : ''}`, async () => {
        const changes: (string | undefined)[] = []
        const { writes: told } = watch({ ...ANEW, changed: (refusal) => changes.push(refusal) })
        expect(await told.refusal()).to.equal(undefined)
        await begin()
        await refusedWriteOf(real)
        expect(await told.refusal()).to.equal(text)
        expect(await told.refusal()).to.equal(text)
        expect(changes).to.deep.equal([text])
        if (!end) return
        await end()
        expect(await told.refusal()).to.equal(undefined)
        expect(changes).to.deep.equal([text, undefined])
      })

      it(`hears from the program's own writes that ${text}, and tries no other meanwhile`, async () => {
        const { database, writes: told } = watch(FOR_LONG)
        expect(await told.refusal()).to.equal(undefined)
        await begin()
        expect(isOutage(await refusedWriteOf(database))).to.equal(true)
        const before = writes
        expect(await told.refusal()).to.equal(text)
        expect(writes).to.equal(before)
        await end?.()
      })
    }

    it('a long write of somebody else changes nothing, and nobody waits for it', async () => {
      const { writes: told } = watch({ soundMs: 0, refusedMs: 0 })
      let release = () => {}
      const other = await openDatabase(place.address)
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      let begun = () => {}
      const holds = new Promise<void>((resolve) => {
        begun = resolve
      })
      const long = other.write(async (session) => {
        if (kind.name === 'PostgreSQL') await session.write('lock table leases in exclusive mode')
        await session.write('insert into settings (name, value) values (?, ?)', ['long', 'x'])
        begun()
        await held
      })
      await holds
      const before = writes
      const asked = performance.now()
      for (let times = 0; times < 3; times++) expect(await told.refusal()).to.equal(undefined)
      expect(performance.now() - asked).to.be.lessThan(10_000)
      expect(writes, 'they share the one that waits').to.equal(before + 1)
      release()
      await long
      await other.close()
      // The one that waited has ended, and another is tried.
      await until(async () => {
        expect(await told.refusal()).to.equal(undefined)
        return writes > before + 1
      })
    })

    it('a store that does not answer is not one that refuses', async () => {
      const away = {
        ...real,
        dialect: real.dialect,
        write: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))
      } as unknown as Database
      const { writes: told } = watchWrites(away, ANEW)
      expect(await told.refusal()).to.equal(undefined)
    })
  })
}
