import { expect } from 'chai'
import type { MysqlAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Call, MysqlSession } from '../../../src/contract/ports.ts'
import { family } from '../../../src/families/mysql/index.ts'
import { sha256Crypt } from '../../../src/families/mysql/sha256-crypt.ts'
import { mysqlCall } from '../../support/mysql-tenant.ts'

const LOGIN = { name: 'babcdefghijklmnopqrst', password: 'A1-bc_d9' }
const ACCESS: MysqlAccess = {
  kind: 'mysql',
  host: 'db.example',
  port: 3306,
  database: 'i_1',
  user: 'root',
  password: 'of-root',
  tls: {},
  network: 'public',
  connectionLimit: 7
}

/** A server that is not at hand: what is sent to it is written down, what it answers was not learned from one. */
function recording(answers: Readonly<Record<string, readonly JsonObject[]>>) {
  const sent: string[] = []
  const session: MysqlSession = {
    async query(sql) {
      sent.push(sql)
      return Object.entries(answers).find(([part]) => sql.includes(part))?.[1] ?? []
    }
  }
  const call: Call = { ...mysqlCall(), mysql: (_access, use) => use(session) }
  return { call, changes: () => sent.filter((sql) => /^[A-Z]/.test(sql) && !sql.startsWith('SELECT')) }
}

describe('what the family mysql tells a MySQL 8', () => {
  const VERSION = { 'VERSION()': [{ version: '8.0.36' }] }

  it('to make a binding: a hash of its kind as a literal, and TLS', async () => {
    const { call, changes } = recording({ ...VERSION, partial_revokes: [{ partial: 0 }] })
    await family.bind?.(ACCESS, LOGIN, { access: 'read-only' }, call)
    const [create, grant, open] = changes()
    expect(create).to.match(
      /^CREATE USER IF NOT EXISTS 'babcdefghijklmnopqrst'@'%' IDENTIFIED WITH caching_sha2_password AS 0x2441243030352[0-9a-f]{127} REQUIRE SSL WITH MAX_USER_CONNECTIONS 7 ACCOUNT LOCK$/
    )
    expect(grant).to.equal("GRANT SELECT, SHOW VIEW ON `i\\_1`.* TO 'babcdefghijklmnopqrst'@'%'")
    expect(open).to.match(/^ALTER USER .* ACCOUNT UNLOCK$/)
    expect(changes().join()).not.to.contain(LOGIN.password)
  })

  it('in the same words every time', async () => {
    const [one, two] = [recording(VERSION), recording(VERSION)]
    await family.bind?.(ACCESS, LOGIN, {}, one.call)
    await family.bind?.(ACCESS, LOGIN, {}, two.call)
    expect(one.changes()).to.deep.equal(two.changes())
    expect(one.changes().join()).not.to.contain('DELETE HISTORY')
  })

  it('names the database as it is where nothing stands for another', async () => {
    const { call, changes } = recording({ ...VERSION, partial_revokes: [{ partial: 1 }] })
    await family.bind?.(ACCESS, LOGIN, {}, call)
    expect(changes()[1]).to.contain(' ON `i_1`.* TO ')
  })

  for (const version of ['8.0.16', '5.7.44', '5.5.5-10.5.9-MariaDB', '10.5.28-MariaDB', 'nonsense']) {
    it(`is not used with ${version}`, async () => {
      const { call } = recording({ 'VERSION()': [{ version }] })
      const names = { resource: 'i_1', mark: { broker: 'b', resource: 'r', generation: 1 } }
      const outcome = await family
        .prepare?.(ACCESS, names, { defaultPrivileges: true }, call)
        .catch((error) => error)
      expect(outcome).to.include({ kind: 'invalid' })
    })
  }

  for (const version of ['8.0.17', '8.4.0', '9.1.0', '5.5.5-10.6.1-MariaDB', '11.4.2-MariaDB-ubu2404']) {
    it(`is used with ${version}`, async () => {
      const { call } = recording({ 'VERSION()': [{ version }], SCHEMATA: [{ SCHEMA_NAME: 'i_1' }] })
      const names = { resource: 'i_1', mark: { broker: 'b', resource: 'r', generation: 1 } }
      await family.prepare?.(ACCESS, names, { defaultPrivileges: true }, call)
    })
  }
})

describe('a password as MySQL 8 stores it', () => {
  it('is what the sample of hashcat’s mode 7401 says', () => {
    const salt = Buffer.from('F9CC98CE08892924F50A213B6BC571A2C11778C5', 'hex')
    const digest = '625479393559393965414D45316477456B484F41316E64484742577A2E3162785353526B7554584647562F'
    const made = sha256Crypt(Buffer.from('hashcat'), salt, 5000)
    expect(Buffer.from(made).toString('hex').toUpperCase()).to.equal(digest)
  })

  it('is what `openssl passwd -5` says of short and long passwords', () => {
    const samples = {
      'Hello world!': '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5',
      a: '7cz4bTeQ7MnNssphNhFVrITtuJYY/1tdvLL2uzLvOk8',
      ['x'.repeat(40)]: '4Dbc1xtYOZHjmCjeUnLCwK.HWyIucFFuVMguB4yxCmA'
    }
    for (const [password, digest] of Object.entries(samples)) {
      expect(sha256Crypt(Buffer.from(password), Buffer.from('saltstring'), 5000)).to.equal(digest)
    }
  })
})
