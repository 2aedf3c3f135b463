import { expect } from 'chai'
import type { AuditEntry } from '../../src/store/audit.ts'
import { isBehind } from '../../src/store/recovery.ts'
import { reseal } from '../../src/store/reseal.ts'
import { openSeal } from '../../src/store/seal.ts'
import { auditSealer } from '../../src/store/seal-audit.ts'
import type { Database } from '../../src/store/session.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { type AuditFault, evidenceIn, verifyLinks } from '../../src/store/verify-audit.ts'
import { KEY, openStoreAt } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'

const NEW = { id: 'k2', key: Buffer.alloc(32, 2) }

for (const kind of databases) {
  describe(`The audit chain, ${kind.name}`, function () {
    this.timeout(30_000)
    let place: Place
    let database: Database
    let store: Store

    beforeEach(async () => {
      place = await kind.fresh()
      database = await openStoreAt(place.address)
      store = openStore(database, openSeal([KEY]))
    })
    afterEach(async () => {
      await database.close()
      await place.drop()
    })

    const entry = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
      at: 1_000_000 + n,
      platform: 'cf',
      actor: 'platform',
      identity: `ada-${n}@example.org`,
      action: 'provision',
      subject: `instance i-${n}`,
      request: `r-${n}`,
      detail: { plan: 'small', login: `b${n}` },
      ...more
    })
    const write = (...entries: readonly AuditEntry[]) =>
      database.write(async (session) => {
        for (const each of entries) await store.audit.insert(session, each)
      })
    const change = (sql: string) => database.write((session) => session.write(sql))
    async function seal(by = store, holder = 'one'): Promise<void> {
      const sealer = auditSealer(by, holder)
      while ((await sealer.seal())?.isPartial);
      await sealer.release()
    }
    async function sealed(count: number): Promise<void> {
      for (let n = 1; n <= count; n++) await write(entry(n))
      await seal()
    }
    const verified = (by = store) =>
      database.read(async (session) =>
        verifyLinks(
          evidenceIn(by.auditChain, session),
          undefined,
          await by.auditChain.page(session, 0, 10_000)
        )
      )
    async function faults(by = store): Promise<readonly AuditFault[]> {
      const { faults: found } = await verified(by)
      const late = await database.read(async (session) =>
        by.auditChain.inserted(session, (await by.auditChain.head(session)).floor, 100)
      )
      return [...found, ...late.map(({ seq }): AuditFault => ({ fault: 'inserted', row: seq, text: '' }))]
    }
    const kinds = (found: readonly AuditFault[]) => found.map(({ fault, row }) => `${fault} ${row}`)
    const head = () => database.read((session) => store.auditChain.head(session))

    it('seals every committed row once, in one chain that holds', async () => {
      await sealed(5)
      await sealed(3)
      expect(await faults()).to.deep.equal([])
      expect((await head()).number).to.equal(8)
      const before = await head()
      await seal()
      expect(await head()).to.deep.equal(before)
    })

    it('goes on in pieces', async () => {
      await write(...Array.from({ length: 450 }, (_, n) => entry(n)))
      await seal()
      expect((await head()).number).to.equal(450)
      expect(await faults()).to.deep.equal([])
    })

    for (const [what, assignment] of [
      ['its time', 'at = at + 1'],
      ['its platform', `platform = 'k8s'`],
      ['who did it', `actor = 'broker'`],
      ['its identity', `identity = 'eve@example.org'`],
      ['its identity, taken away', 'identity = null'],
      ['what was done', `action = 'deprovision'`],
      ['its subject', `subject = 'instance other'`],
      ['its request', 'request = null'],
      ['its operation', `operation = 'x'`],
      ['its detail', `detail = '{"login":"b3","plan":"large"}'`],
      ['a login in its detail', `detail = '{"plan":"small","login":"b4"}'`],
      ['its detail, into nonsense', `detail = 'nonsense'`]
    ] as const) {
      it(`finds a changed row and names it: ${what}`, async () => {
        await sealed(5)
        await change(`update audit set ${assignment} where seq = 3`)
        const found = await faults()
        expect(kinds(found)).to.deep.equal(['changed 3'])
        expect(found[0]?.text).to.include('the row 3')
      })
    }

    it('finds a missing row and names it', async () => {
      await sealed(5)
      await change('delete from audit where seq = 2')
      expect(kinds(await faults())).to.deep.equal(['missing 2'])
    })

    it('finds a row that went with its link, by its neighbours', async () => {
      await sealed(5)
      await change('delete from audit where seq = 3')
      await change('delete from audit_chain where audit_seq = 3')
      const found = await faults()
      expect(kinds(found)).to.deep.equal(['missing undefined'])
      expect(found[0]?.text).to.equal(
        'the link 3 is missing, with what it sealed: after the row 2, before the row 4'
      )
    })

    it('finds two rows that changed places', async () => {
      await sealed(5)
      const columns = 'at, platform, actor, identity, action, subject, operation, request, detail'
      const rows = await database.read((session) =>
        session.read(`select ${columns} from audit where seq in (2, 3) order by seq`)
      )
      const assignments = columns.split(', ').map((name) => `${name} = ?`)
      await database.write(async (session) => {
        for (const [index, row] of rows.entries())
          await session.write(`update audit set ${assignments.join(', ')} where seq = ?`, [
            ...Object.values(row),
            3 - index
          ])
      })
      expect(kinds(await faults())).to.deep.equal(['changed 2', 'changed 3'])
    })

    it('finds two links that changed places', async () => {
      await sealed(5)
      await change('update audit_chain set number = -2 where number = 2')
      await change('update audit_chain set number = 2 where number = 3')
      await change('update audit_chain set number = 3 where number = -2')
      expect((await faults()).map(({ row }) => row)).to.include.members([2, 3])
    })

    it('finds a row with a forged link behind the last one', async () => {
      await sealed(3)
      await write(entry(4))
      await change(`insert into audit_chain (number, audit_seq, key_id, previous, digest, mac, floor, at, salt, personal)
        select 4, 4, key_id, mac, digest, mac, floor, at, salt, personal from audit_chain where number = 3`)
      expect(kinds(await faults())).to.deep.equal(['changed 4'])
    })

    it('finds a cut-off end by what was seen of it elsewhere', async () => {
      await sealed(5)
      const seen = await head()
      const behind = () => database.read((session) => isBehind(store, session, seen))
      expect(await behind()).to.equal(false)
      await change('delete from audit where seq > 3')
      await change('delete from audit_chain where number > 3')
      expect(await faults()).to.deep.equal([])
      expect(await behind()).to.equal(true)
      // Also when others have taken their places.
      await write(entry(7), entry(8), entry(9))
      await seal()
      expect((await head()).number).to.equal(6)
      expect(await behind()).to.equal(true)
    })

    it('names the key that is missing', async () => {
      await sealed(2)
      const other = openStore(database, openSeal([NEW]))
      expect((await faults(other)).map(({ fault }) => fault)).to.deep.equal(['key missing', 'key missing'])
    })

    it('goes on with a new key, and verifies without the old one after everything was sealed anew', async () => {
      await sealed(2)
      const both = openStore(database, openSeal([NEW, KEY]))
      await write(entry(3))
      await seal(both)
      expect(await faults(both)).to.deep.equal([])
      await reseal(both)
      const alone = openStore(database, openSeal([NEW]))
      expect(await faults(alone)).to.deep.equal([])
      const third = { id: 'k3', key: Buffer.alloc(32, 3) }
      await reseal(openStore(database, openSeal([third, NEW])))
      expect(await faults(openStore(database, openSeal([third])))).to.deep.equal([])
    })

    it('holds after personal fields were erased, and they are gone', async () => {
      await write(
        entry(1),
        entry(2, { actor: 'operator:ada', detail: { logins: ['b1', 'b2'], ended: [] } }),
        entry(3)
      )
      await seal()
      await database.write((session) =>
        store.auditChain.erasePersonal(session, [1, 2], entry(9, { actor: 'broker', detail: {} }))
      )
      await seal()
      const rows = await database.read((session) => session.read('select * from audit where seq < 3'))
      expect(JSON.stringify(rows)).to.not.match(/ada|b1|b2/)
      const { faults: found, erased } = await verified()
      expect(found).to.deep.equal([])
      expect(erased).to.equal(2)
    })

    it('finds personal fields that were erased without a row that tells of it', async () => {
      await sealed(3)
      await change('update audit_chain set salt = null where audit_seq = 2')
      await change(
        `update audit set identity = '(erased)', detail = '{"plan":"small","login":"(erased)"}' where seq = 2`
      )
      expect(kinds(await faults())).to.deep.equal(['changed 2'])
    })

    it('is not stopped by a row that is no JSON', async () => {
      await change(
        `insert into audit (at, platform, actor, action, subject, detail) values (1, '', 'x', 'x', 'x', '{')`
      )
      await seal()
      expect(await faults()).to.deep.equal([])
    })
  })
}

describe('The audit chain, several processes on PostgreSQL', function () {
  this.timeout(30_000)
  const postgres = databases[1] as (typeof databases)[0]
  let place: Place
  const opened: Database[] = []
  const row = (n: number): AuditEntry => ({
    at: n,
    platform: '',
    actor: 'broker',
    action: 'test',
    subject: `row ${n}`,
    detail: {}
  })

  beforeEach(async () => {
    place = await postgres.fresh()
  })
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    await place.drop()
  })

  async function open(): Promise<Store> {
    const database = await openStoreAt(place.address)
    opened.push(database)
    return openStore(database, openSeal([KEY]))
  }
  const write = (store: Store, n: number) =>
    store.database.write((session) => store.audit.insert(session, row(n)))
  const verified = (store: Store) =>
    store.database.read(async (session) =>
      verifyLinks(
        evidenceIn(store.auditChain, session),
        undefined,
        await store.auditChain.page(session, 0, 10_000)
      )
    )
  const head = (store: Store) => store.database.read((session) => store.auditChain.head(session))
  const inserted = async (store: Store) => {
    const { floor } = await head(store)
    return store.database.read((session) => store.auditChain.inserted(session, floor, 100))
  }

  it('makes one chain of two that seal at the same moment', async () => {
    const [one, other] = [await open(), await open()]
    const sealers = [auditSealer(one, 'one'), auditSealer(other, 'other')] as const
    const rows = Array.from({ length: 300 }, (_, n) => write(n % 2 === 0 ? one : other, n))
    for (let round = 0; round < 20; round++) await Promise.all(sealers.map((sealer) => sealer.seal()))
    await Promise.all(rows)
    for (let round = 0; round < 3; round++) await Promise.all(sealers.map((sealer) => sealer.seal()))
    expect((await head(one)).number).to.equal(300)
    expect((await verified(one)).faults).to.deep.equal([])
  })

  it('leaves the lease to its holder, and takes it over when it is released', async () => {
    const store = await open()
    const [one, other] = [auditSealer(store, 'one'), auditSealer(store, 'other')]
    await write(store, 1)
    expect((await one.seal())?.rows).to.equal(1)
    await write(store, 2)
    expect(await other.seal()).to.equal(undefined)
    await one.release()
    expect((await other.seal())?.rows).to.equal(1)
  })

  it('seals a row that is committed late behind its successors, and finds one that no transaction can have brought', async () => {
    const [store, slow] = [await open(), await open()]
    const sealer = auditSealer(store, 'one')
    let commit = (): void => {}
    const gate = new Promise<void>((resolve) => {
      commit = resolve
    })
    let began = (): void => {}
    const begun = new Promise<void>((resolve) => {
      began = resolve
    })
    const late = slow.database.write(async (session) => {
      await slow.audit.insert(session, row(1))
      await session.read('select 1 as one')
      began()
      await gate
    })
    await begun
    for (let n = 2; n <= 4; n++) {
      await write(store, n)
      await sealer.seal()
    }
    expect((await head(store)).floor).to.equal(0)
    commit()
    await late
    await sealer.seal()
    expect((await head(store)).number).to.equal(4)
    for (let n = 5; n <= 8; n++) {
      await write(store, n)
      await sealer.seal()
    }
    expect((await verified(store)).faults).to.deep.equal([])
    expect((await head(store)).floor).to.be.at.least(4)
    await store.database.write(async (session) => {
      await session.write('delete from audit where seq = 2')
      await session.write(`insert into audit (seq, at, platform, actor, action, subject, detail)
        overriding system value values (0, 1, '', 'broker', 'forged', 'x', '{}')`)
    })
    await sealer.seal()
    expect((await inserted(store)).map(({ seq }) => seq)).to.deep.equal([0])
    expect((await verified(store)).faults.map(({ fault }) => fault)).to.deep.equal(['missing'])
  })
})
