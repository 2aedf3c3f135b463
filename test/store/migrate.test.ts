import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { migrate, NewerSchema } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/migrations/all.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Database } from '../../src/store/session.ts'
import { databases, type Place } from '../support/databases.ts'

for (const kind of databases) {
  describe(`Migrations on ${kind.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let database: Database

    beforeEach(async () => {
      place = await kind.fresh()
      database = await openDatabase(place.address)
    })

    afterEach(async () => {
      await database.close()
      await place.drop()
    })

    it('bring an empty store to this program’s schema, and the second time do nothing', async () => {
      expect(await migrate(database)).to.deep.equal({ from: 0, to: MIGRATIONS.length })
      expect(await migrate(database)).to.deep.equal({ from: MIGRATIONS.length, to: MIGRATIONS.length })
    })

    it('run once when several processes start at the same moment', async () => {
      const outcomes = await Promise.all(Array.from({ length: 4 }, () => migrateInAProcess(place)))
      expect(outcomes.filter(({ from }) => from === 0)).to.have.length(1)
      expect(outcomes.filter(({ from }) => from === MIGRATIONS.length)).to.have.length(3)
    })

    it('stop the start when the store’s schema is newer than the program', async () => {
      await migrate(database)
      await database.write((session) =>
        session.write('insert into schema_versions (version, applied_at) values (?, :now)', [
          MIGRATIONS.length + 1
        ])
      )
      const refusal = await migrate(database).catch((error: unknown) => error)
      expect(refusal).to.be.instanceOf(NewerSchema)
      expect(String(refusal)).to.match(/newer version/)
    })

    it('leave nothing behind when one of them fails', async () => {
      // A table of that name is in the way of one statement in the middle.
      await database.write((session) => session.write('create table bindings (x text)'))
      const failed = await migrate(database).then(
        () => false,
        () => true
      )
      expect(failed).to.equal(true)
      await database.write((session) => session.write('drop table bindings'))
      expect(await migrate(database)).to.deep.equal({ from: 0, to: MIGRATIONS.length })
    })
  })
}

async function migrateInAProcess(place: Place): Promise<{ from: number; to: number }> {
  const child = fork(new URL('../support/migrate-process.ts', import.meta.url), [], {
    execArgv: ['--import=tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const answer = once(child, 'message')
  const end = once(child, 'exit')
  child.send(place.address)
  const first = await Promise.race([answer, end])
  await end
  if (typeof first[0] !== 'object') throw new Error(complaint)
  return first[0]
}
