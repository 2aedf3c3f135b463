import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { MANAGED_ROOT_STATEMENTS, mysqlProduct } from '../../test/support/mysql-process.ts'
import { asMysql, type MysqlTestServer, mysqlServer } from '../../test/support/mysql-server.ts'
import { mysqlCall, newMysqlTenant, settingsOf } from '../../test/support/mysql-tenant.ts'
import { adapter } from './index.ts'
import { lasting } from './lasting.ts'

const call = mysqlCall()

describe('portolan doctor on a shared MySQL server', function () {
  this.timeout(60_000)
  let server: MysqlTestServer

  before(async () => {
    server = await mysqlServer()
  })

  const inspect = async () => (await adapter.open(settingsOf(server)).inspect?.(call)) ?? []
  const bad = async () => (await inspect()).filter((finding) => finding.level !== 'ok')
  const root = "'portolan_root'@'%'"

  it('finds nothing to complain of on one that is set up as said', async () => {
    expect(await bad()).to.deep.equal([])
  })

  it('is set up as the README says', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
    for (const statement of MANAGED_ROOT_STATEMENTS) {
      const onMariadb = statement.replace('CONNECTION_ADMIN', 'CONNECTION ADMIN')
      expect(readme).to.contain(onMariadb.replace('?', "'…'"))
    }
  })

  it('reports what each database takes', async () => {
    const tenant = await newMysqlTenant(server)
    const texts = (await inspect()).map((finding) => finding.text)
    expect(texts).to.include(`database ${tenant.name}: 0 MB`)
    await tenant.remove()
  })

  const holes: Readonly<Record<string, readonly [string, RegExp]>> = {
    'the broker cannot make accounts': [`REVOKE CREATE USER ON *.* FROM ${root}`, /lacks CREATE USER/],
    'the broker cannot see sessions': [`REVOKE PROCESS ON *.* FROM ${root}`, /lacks PROCESS/],
    'the broker cannot end sessions': [
      `REVOKE ${mysqlProduct.connectionAdmin} ON *.* FROM ${root}`,
      /lacks CONNECTION.ADMIN/
    ],
    'the broker cannot see rights': [`REVOKE SELECT ON mysql.* FROM ${root}`, /lacks SELECT on mysql/],
    'the broker cannot make its table': [
      `REVOKE ALL PRIVILEGES ON portolan.* FROM ${root}`,
      /lacks CREATE on portolan/
    ],
    'the broker cannot make databases': [
      `REVOKE CREATE ON \`p____________________\`.* FROM ${root}`,
      /lacks CREATE on p_/
    ],
    'the broker may read files': [`GRANT FILE ON *.* TO ${root}`, /FILE/],
    'the broker may do everything': [`GRANT SUPER ON *.* TO ${root}`, /SUPER/],
    'guests may come in': ["CREATE USER ''@'localhost'", /no password/],
    'an account has no password': ["CREATE USER 'forgotten'@'10.%'", /'forgotten'@'10.%' has no password/],
    // MySQL 8 has no such role.
    ...(mysqlProduct.isMariadb && {
      'everybody may use some databases': ['GRANT SELECT ON `test%`.* TO PUBLIC', /Everybody may enter/]
    }),
    'files of clients may be asked for': ['SET GLOBAL local_infile = 1', /LOAD DATA LOCAL/]
  }
  for (const [hole, [statement, text]] of Object.entries(holes)) {
    it(`complains while ${hole}, and its own statement closes that`, async () => {
      await asMysql(server.superuser, statement)
      const [first] = (await bad()).filter((finding) => text.test(finding.text))
      expect(first?.subject).to.equal('server main')
      await asMysql(server.superuser, first?.remedy ?? '')
      expect(await bad()).to.deep.equal([])
    })
  }

  it('says with each setting what survives a restart of the server', () => {
    expect(lasting('mysql', 'local_infile', 0)).to.equal('SET PERSIST local_infile = 0;')
    expect(lasting('mariadb', 'local_infile', 0)).to.equal(
      'SET GLOBAL local_infile = 0; -- and in the file of the server, under [mysqld], or its next start undoes that: local_infile = 0'
    )
  })

  it('says what the server itself takes in its file', async () => {
    await asMysql(server.superuser, 'SET GLOBAL local_infile = 1')
    const [{ remedy = '' } = {}] = (await bad()).filter(({ text }) => /LOAD DATA LOCAL/.test(text))
    await asMysql(server.superuser, remedy)
    const word = mysqlProduct.isMariadb ? /under \[mysqld\].*: local_infile = 0$/ : /^SET PERSIST/
    expect(remedy).to.match(word)
  })

  it('refuses one that has promised too much', async () => {
    const tenant = await newMysqlTenant(server, { connections: 20 })
    const settings = settingsOf(server, { maxConnections: 5 })
    const findings = (await adapter.open(settings).inspect?.(call)) ?? []
    const refused = findings.find((each) => each.level === 'refused' && /promised/.test(each.text))
    expect(refused?.remedy).to.match(/max_connections = [0-9]+/)
    await tenant.remove()
  })

  it('refuses one it cannot enter, and says nothing of the password', async () => {
    const settings = settingsOf(server, { password: 'Very-Wrong-1' })
    const findings = (await adapter.open(settings).inspect?.(call)) ?? []
    expect(findings.map((each) => each.level)).to.deep.equal(['refused'])
    expect(JSON.stringify(findings)).not.to.contain('Very-Wrong-1')
  })
})
