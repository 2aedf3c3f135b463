import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { CannotOpen, openSeal } from '../../src/store/seal.ts'
import { openStore, recogniseStore } from '../../src/store/store.ts'
import { databases } from '../support/databases.ts'

const place = { table: 'bindings', column: 'sealed_seed', row: 'row-1' }
const [old, young] = [
  { id: 'old', key: randomBytes(32) },
  { id: 'young', key: randomBytes(32) }
]

describe('The seal', () => {
  const seal = openSeal([old])
  const why = (work: () => unknown) => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }

  it('opens what it sealed, whatever the text', () => {
    for (const text of ['', 'x', 'ü\0\u{1F512}', 'x'.repeat(100_000)])
      expect(seal.open(place, seal.seal(place, text))).to.equal(text)
  })

  it('never seals the same text to the same value', () => {
    expect(seal.seal(place, 'x')).to.not.equal(seal.seal(place, 'x'))
  })

  it('does not open with another key of the same id', () => {
    const other = openSeal([{ id: 'old', key: randomBytes(32) }])
    expect(why(() => other.open(place, seal.seal(place, 'secret')))).to.be.instanceOf(CannotOpen)
  })

  it('does not open without the key, and names it', () => {
    const refusal = why(() => openSeal([young]).open(place, seal.seal(place, 'secret')))
    expect(refusal).to.be.instanceOf(CannotOpen)
    expect(String(refusal)).to.contain('"old"')
  })

  it('does not open a value that was moved to another table, column or row', () => {
    const sealed = seal.seal(place, 'secret')
    for (const moved of [{ table: 'instances' }, { column: 'sealed_grant' }, { row: 'row-2' }])
      expect(
        why(() => seal.open({ ...place, ...moved }, sealed)),
        JSON.stringify(moved)
      ).to.be.instanceOf(CannotOpen)
  })

  it('does not open a value of which anything was changed or cut off', () => {
    const sealed = seal.seal(place, 'secret')
    const body = Buffer.from(sealed.slice(4), 'base64url')
    for (let index = 0; index < body.length; index++) {
      const changed = Buffer.from(body)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(why(() => seal.open(place, `old.${changed.toString('base64url')}`))).to.be.instanceOf(CannotOpen)
    }
    for (let length = 0; length < body.length; length++) {
      const cut = body.subarray(0, length).toString('base64url')
      expect(
        why(() => seal.open(place, `old.${cut}`)),
        `${length} bytes`
      ).to.be.instanceOf(CannotOpen)
    }
    for (const nonsense of ['', '.', 'old', 'old.', 'secret', '\0'])
      expect(
        why(() => seal.open(place, nonsense)),
        nonsense
      ).to.be.instanceOf(CannotOpen)
  })

  it('opens with every key of the ring and seals with the first', () => {
    const ring = openSeal([young, old])
    expect(ring.open(place, seal.seal(place, 'secret'))).to.equal('secret')
    expect(ring.seal(place, 'x').split('.')[0]).to.equal('young')
    expect(ring.keyId).to.equal('young')
  })

  it('finds a request the same by a hash of whichever key of the ring', () => {
    const ring = openSeal([young, old])
    expect(ring.matches(seal.hash('request'), 'request')).to.equal(true)
    expect(ring.matches(ring.hash('request'), 'request')).to.equal(true)
    expect(ring.matches(seal.hash('request'), 'another')).to.equal(false)
    expect(seal.hash('request')).to.not.equal(ring.hash('request'))
  })

  it('needs a key', () => {
    expect(why(() => openSeal([]))).to.be.instanceOf(CannotOpen)
  })

  it('tells nothing of the text or the key when it cannot open', () => {
    const refusal = String(
      why(() => openSeal([{ id: 'old', key: young.key }]).open(place, seal.seal(place, 'secret')))
    )
    expect(refusal).to.not.contain('secret')
    expect(refusal).to.not.contain(young.key.toString('base64'))
  })
})

for (const database of databases) {
  describe(`The canary on ${database.name}`, function () {
    this.timeout(30_000)

    it('stops a start with a wrong key and knows the store again with the right one', async () => {
      const { address, drop } = await database.fresh()
      const opened = await openDatabase(address)
      await migrate(opened)
      const first = await recogniseStore(openStore(opened, openSeal([old])))
      const wrong = openStore(opened, openSeal([{ id: 'old', key: young.key }]))
      expect(await recogniseStore(wrong).catch((error) => error)).to.be.instanceOf(CannotOpen)
      expect(
        await recogniseStore(openStore(opened, openSeal([young]))).catch((error) => error)
      ).to.be.instanceOf(CannotOpen)
      expect(await recogniseStore(openStore(opened, openSeal([young, old])))).to.deep.equal(first)
      await opened.close()
      await drop()
    })

    it('lets several processes that start at once agree on one broker id', async () => {
      const { address, drop } = await database.fresh()
      const opened = await Promise.all([openDatabase(address), openDatabase(address)])
      await migrate(opened[0])
      const ids = await Promise.all(opened.map((each) => recogniseStore(openStore(each, openSeal([old])))))
      expect(ids[0]).to.deep.equal(ids[1])
      for (const each of opened) await each.close()
      await drop()
    })
  })
}
