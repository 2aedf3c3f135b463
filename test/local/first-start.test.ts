import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { pidFile } from '../../src/local/postmaster.ts'
import type { LocalProviders } from '../../src/local/providers.ts'
import { LOCAL_NAMES } from '../../src/local/record.ts'
import { withClient } from '../support/postgres-server.ts'
import { accessOf, type DataFolder, newDataFolder, removeDataFolders } from './data-folder.ts'

describe('the first start of the local servers', function () {
  this.timeout(60_000)
  let folder: DataFolder
  let providers: LocalProviders

  before(async () => {
    folder = newDataFolder()
    providers = await folder.start()
  })

  after(removeDataFolders)

  const ask = (sql: string, name: 'berlin' | 'paris' = 'berlin') =>
    withClient(accessOf(providers.settings[name]), async (client) => (await client.query(sql)).rows)

  it('yields ordinary settings of the adapter postgresql-server', () => {
    const { port, password } = accessOf(providers.settings.berlin)
    expect(providers.settings.berlin).to.deep.equal({
      servers: [
        {
          name: 'main',
          region: 'berlin-1',
          host: '127.0.0.1',
          port,
          user: 'portolan_root',
          password,
          maintenanceDatabase: 'postgres',
          network: 'private',
          maxConnections: 600
        }
      ]
    })
  })

  it('gives each its own port, password and identity', async () => {
    const [berlin, paris] = LOCAL_NAMES.map((name) => accessOf(providers.settings[name]))
    expect(berlin?.port).not.to.equal(paris?.port)
    expect(berlin?.password).not.to.equal(paris?.password)
    const identity = 'SELECT system_identifier FROM pg_control_system()'
    expect(await ask(identity, 'berlin')).not.to.deep.equal(await ask(identity, 'paris'))
  })

  it('leaves nothing but postgres and the templates in the servers', async () => {
    const names = await ask('SELECT datname FROM pg_database ORDER BY 1')
    expect(names.map((row) => row.datname)).to.deep.equal(['postgres', 'template0', 'template1'])
    const roles = await ask("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")
    expect(roles.map((row) => row.rolname)).to.deep.equal(['portolan_root', 'postgres'])
  })

  it('lets PUBLIC connect nowhere', async () => {
    const open = await ask(
      "SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege('public', oid, 'CONNECT')"
    )
    expect(open).to.deep.equal([])
  })

  it('lets a tenant enter neither postgres nor template1', async () => {
    await ask("CREATE ROLE tenant LOGIN PASSWORD 'tenant-word'")
    for (const database of ['postgres', 'template1']) {
      const access = {
        ...accessOf(providers.settings.berlin, database),
        user: 'tenant',
        password: 'tenant-word'
      }
      expect(await refusalOf(access)).to.match(/permission denied for database/)
    }
    await ask('DROP ROLE tenant')
  })

  it('administers through a managed root that is no superuser', async () => {
    const [root] = await ask(
      'SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user'
    )
    const expected = {
      rolsuper: false,
      rolcreatedb: true,
      rolcreaterole: true,
      rolreplication: true,
      rolbypassrls: false
    }
    expect(root).to.deep.equal(expected)
    const limited = await ask("SELECT set_config('temp_file_limit', '1GB', false) AS limit")
    expect(limited).to.deep.equal([{ limit: '1GB' }])
  })

  it('has no superuser that could log in, with any password', async () => {
    const root = accessOf(providers.settings.berlin)
    for (const password of ['postgres', root.password]) {
      expect(await refusalOf({ ...root, user: 'postgres', password })).to.match(
        /password authentication failed/
      )
    }
  })

  it('listens on loopback only, and keeps data through a crash', async () => {
    const wanted = {
      fsync: 'on',
      listen_addresses: '127.0.0.1',
      max_connections: '600',
      max_prepared_transactions: '0',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      wal_level: 'logical'
    }
    for (const [setting, value] of Object.entries(wanted)) {
      expect((await ask(`SELECT current_setting('${setting}') AS value`))[0].value, setting).to.equal(value)
    }
    const sockets = readFileSync(pidFile(folder.dataOf('berlin')), 'utf8').split('\n')[4]
    expect(sockets).to.equal('')
    expect((await ask('SHOW server_version'))[0].server_version).to.match(/^15\./)
  })

  it('never lets a password reach the log', async () => {
    const word = 'word-that-must-not-be-logged'
    await ask(`CREATE ROLE chatty PASSWORD '${word}'`)
    await ask(`DO $$ BEGIN EXECUTE 'CREATE ROLE chatty PASSWORD ''${word}'''; END $$`).catch(() => undefined)
    await ask(`ALTER ROLE chatty PASSWORD '${word}`).catch(() => undefined)
    await ask(`ALTER ROLE "${word}" PASSWORD '${word}'`).catch(() => undefined)
    await ask('DROP ROLE chatty')
    const log = readFileSync(join(folder.dataDir, 'local', 'berlin.log'), 'utf8')
    expect(log).to.contain('ready to accept connections').and.not.to.contain(word)
    for (const name of LOCAL_NAMES) expect(log).not.to.contain(accessOf(providers.settings[name]).password)
  })

  it('keeps what is secret readable by its owner only', () => {
    const mode = (...path: string[]) => statSync(join(folder.dataDir, ...path)).mode & 0o777
    expect(mode('local.json')).to.equal(0o600)
    expect(mode('local', 'berlin.log')).to.equal(0o600)
    expect(mode('local', 'berlin')).to.equal(0o700)
    expect(mode('local') & 0o007).to.equal(0)
  })

  it('keeps what servers share in their folders, so that a killed one leaves nothing elsewhere', () => {
    const shared = readFileSync(`/proc/${folder.pidOf('berlin')}/maps`, 'utf8')
    expect(shared)
      .to.include(`${folder.dataOf('berlin')}/pg_dynshmem/`)
      .and.not.include('/dev/shm/')
  })

  it('hands the servers nothing of the environment but what they need', () => {
    const environment = readFileSync(`/proc/${folder.pidOf('berlin')}/environ`, 'utf8')
    const names = environment
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => entry.split('=')[0])
    const ofPostgres = ['PGDATA', 'PGSYSCONFDIR', 'PGLOCALEDIR', 'LC_COLLATE', 'LC_CTYPE', 'LC_MESSAGES']
    expect(names.filter((name) => !ofPostgres.includes(name ?? ''))).to.have.members(['LC_ALL', 'PATH', 'TZ'])
  })

  async function refusalOf(access: Parameters<typeof withClient>[0]): Promise<string> {
    return withClient(access, async () => 'came in').catch((error: Error) => error.message)
  }
})
