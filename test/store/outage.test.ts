import { expect } from 'chai'
import { openDatabase } from '../../src/store/open.ts'
import { isOutage } from '../../src/store/outage.ts'
import { openSeal } from '../../src/store/seal.ts'
import { databases } from '../support/databases.ts'
import { freePort } from '../support/free-port.ts'

describe('isOutage', function () {
  this.timeout(30_000)
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error
    )

  it('is true for a PostgreSQL server that nothing answers for', async () => {
    const database = await openDatabase({
      kind: 'postgres',
      url: `postgres://x@127.0.0.1:${await freePort()}/x`
    })
    expect(isOutage(await failureOf(database.read((session) => session.read('select 1'))))).to.equal(true)
    expect(isOutage(await failureOf(database.write((session) => session.write('select 1'))))).to.equal(true)
    await database.close()
  })

  it('is true for a full disk', () => {
    const full = Object.assign(new Error('SQLITE_FULL: database or disk is full'), { code: 'SQLITE_FULL' })
    expect(isOutage(full)).to.equal(true)
    const atLogin = Object.assign(new Error('could not write init file'), { code: 'XX000' })
    expect(isOutage(atLogin)).to.equal(true)
    const ours = Object.assign(new Error('unrecognized node type'), { code: 'XX000' })
    expect(isOutage(ours)).to.equal(false)
  })

  it('is true for a key that another copy of the broker has and this one lacks', () => {
    const other = openSeal([{ id: 'new', key: Buffer.alloc(32, 1) }])
    const place = { table: 't', column: 'c', row: 'r' }
    const mine = openSeal([{ id: 'old', key: Buffer.alloc(32, 2) }])
    expect(() => mine.open(place, other.seal(place, 'text')))
      .to.throw()
      .that.satisfies(isOutage)
  })

  for (const kind of databases)
    it(`is false for a mistake of ours on ${kind.name}`, async () => {
      const place = await kind.fresh()
      const database = await openDatabase(place.address)
      const failure = await failureOf(database.read((session) => session.read('select nothing from nowhere')))
      expect(failure).to.be.an('error')
      expect(isOutage(failure)).to.equal(false)
      await database.close()
      await place.drop()
    })
})
