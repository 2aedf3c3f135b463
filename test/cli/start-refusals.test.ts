import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { endAllNaming, processesNaming } from '../support/processes.ts'
import { root } from '../support/root.ts'

const PASSWORD = 'platform-password-5Xq'
const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`
const SETTINGS = {
  catalog: EXAMPLE_CATALOG,
  providers: { ...EXAMPLE_PROVIDERS },
  platforms: { cf: { logins: [{ username: 'cf', password: PASSWORD }] } }
}

describe('portolan start, when it cannot', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk
  let taken: Server

  beforeEach(async () => {
    at = desk(SETTINGS)
    taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
  })
  afterEach(async () => {
    taken.close()
    await endAllNaming(at.folder)
    at.remove()
  })

  const takenPort = () => (taken.address() as AddressInfo).port

  /** What it says; it has ended with exit code 1, shows no stack and no secret, and left nothing running. */
  async function refusal(env: Record<string, string> = {}): Promise<string> {
    const { code, out, err } = await at.run(['start'], { PORT: '0', LOG_LEVEL: 'silent', ...env })
    expect([code, out], err).to.deep.equal([1, ''])
    expect(err)
      .to.match(/^portolan: /)
      .and.not.match(/\n\s+at |node_modules|Error:/)
    for (const secret of [PASSWORD, KEY.slice(3)]) expect(err).to.not.include(secret)
    expect(processesNaming(at.folder)).to.deep.equal([])
    return err
  }

  it('one wrong setting: names it', async () => {
    expect(await refusal({ PORT: 'eighty' })).to.equal(
      'portolan: A setting is wrong: PORT: must be a port, 0 to 65535\n'
    )
  })

  it('several wrong settings: names them all', async () => {
    at.settings({ ...SETTINGS, minimumVersion: '1.0', nix: true })
    const err = await refusal({ LOG_LEVEL: 'loud' })
    expect(err).to.match(/^portolan: 3 settings are wrong:\n/)
    expect(err).to.include('LOG_LEVEL').and.include('minimumVersion').and.include('nix: no such setting')
  })

  it('settings that others may read', async () => {
    chmodSync(at.folder, 0o755)
    chmodSync(join(at.folder, 'portolan.yaml'), 0o644)
    expect(await refusal())
      .to.include('every user of this machine may open')
      .and.include('chmod o=')
  })

  it('settings of a provider that do not fit its adapter', async () => {
    at.settings({
      ...SETTINGS,
      providers: { alder: { adapter: 'memory', box: PASSWORD }, birch: { adapter: 'nix' } }
    })
    const err = await refusal()
    expect(err).to.match(/^portolan: 2 settings are wrong:\n/)
    expect(err)
      .to.include('providers.alder')
      .and.include('providers.birch.adapter: must be the name of an adapter')
  })

  it('a mistake in each of four providers: all at once, each with its line, and so does doctor', async () => {
    writeFileSync(
      join(at.folder, 'portolan.yaml'),
      `catalog: ${EXAMPLE_CATALOG}
providers:
  alder:
    box: ${PASSWORD}
  birch:
    adapter: nix
  cedar:
    - adapter: memory
    - adapter: postgresql-server
      servers:
        - { name: main, region: here, user: root, password: ${PASSWORD} }
  dogwood:
    adapter: scaleway
    secretKey: \${NIX}
    projectId: 11111111-1111-1111-1111-111111111111
  elm:
    adapter: memory
`,
      { mode: 0o600 }
    )
    const err = await refusal()
    const told = [
      [3, 'providers.alder.adapter: missing'],
      [6, 'providers.birch.adapter: must be the name of an adapter: .*'],
      [11, 'providers.cedar\\[1\\].servers\\[0\\].host: is missing'],
      [14, 'providers.dogwood.secretKey: neither NIX nor NIX_FILE is set']
    ] as const
    const lines = err.trimEnd().split('\n')
    expect(lines.shift()).to.equal('portolan: 4 settings are wrong:')
    expect(lines).to.have.length(told.length)
    for (const [index, [line, text]] of told.entries())
      expect(lines[index]).to.match(new RegExp(`^  - portolan\\.yaml:${line}: ${text}$`))
    expect(existsSync(join(at.data, 'portolan.db')), 'nothing was begun').to.equal(false)

    const { code, out } = await at.run(['doctor'])
    expect(code).to.equal(1)
    const refused = out.split('\n').filter((line) => line.startsWith('refused'))
    expect(refused).to.have.length(told.length)
    for (const [index, [line, text]] of told.entries())
      expect(refused[index]).to.match(new RegExp(`^refused +settings: portolan\\.yaml:${line}: ${text}$`))
    expect(out).to.not.include(PASSWORD)
  })

  it('a broken catalog: names file and line', async () => {
    const catalog = join(at.folder, 'catalog')
    mkdirSync(join(catalog, 'services'), { recursive: true })
    writeFileSync(join(catalog, 'services/example.yaml'), 'kind: service\nname: 3\n')
    at.settings({ ...SETTINGS, catalog, providers: {} })
    expect(await refusal()).to.match(
      /^portolan: the catalog cannot be used:\n.*services\/example\.yaml:\d+: /
    )
  })

  it('a port that is taken', async () => {
    expect(await refusal({ PORT: String(takenPort()) })).to.equal(
      `portolan: 127.0.0.1:${takenPort()} is taken: stop what listens there, or set PORT to another one\n`
    )
  })

  it('an address that is not of this machine', async () => {
    expect(await refusal({ HOST: '192.0.2.1' })).to.include('192.0.2.1 is no address of this machine')
  })

  it('a data folder that another broker uses', async () => {
    const other = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), 'start'], {
      cwd: at.folder,
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', PORTOLAN_DATA: at.data },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    try {
      for await (const chunk of other.stderr) if (String(chunk).includes('listens on')) break
      const { code, err } = await at.run(['start'], { PORT: '0' })
      expect([code, err]).to.deep.equal([
        1,
        `portolan: process ${other.pid} already runs on ${at.data}: stop it, or set PORTOLAN_DATA to another folder\n`
      ])
    } finally {
      const ended = once(other, 'exit')
      other.kill('SIGTERM')
      await ended
    }
  })

  it('a store of a newer version', async () => {
    mkdirSync(at.data, { mode: 0o700 })
    const database = await openDatabase({ kind: 'sqlite', path: join(at.data, 'portolan.db') })
    await migrate(database)
    await database.write((session) =>
      session.write('insert into schema_versions (version, applied_at) values (999, 0)')
    )
    await database.close()
    chmodSync(join(at.data, 'portolan.db'), 0o600)
    expect(await refusal({ PORTOLAN_KEYS: KEY })).to.match(
      /^portolan: the store has schema 999, this program knows \d+: start a newer version/
    )
  })

  it('a store that other keys sealed', async () => {
    const { code } = await ranOnce({ PORTOLAN_KEYS: KEY })
    expect(code).to.equal(0)
    const sameId = await refusal({ PORTOLAN_KEYS: `k1:${Buffer.alloc(32, 8).toString('base64')}` })
    expect(sameId).to.include('the key "k1" does not open settings.value')
    const otherId = await refusal({ PORTOLAN_KEYS: `k2:${Buffer.alloc(32, 8).toString('base64')}` })
    expect(otherId).to.include('sealed with the key "k1", which is not among the configured keys')
  })

  it('settings that lost a platform with instances', async () => {
    const { code } = await ranOnce({}, async (url) => {
      const answer = await fetch(`${url}/v2/service_instances/i1`, {
        method: 'PUT',
        headers: {
          authorization: `Basic ${Buffer.from(`cf:${PASSWORD}`).toString('base64')}`,
          'x-broker-api-version': '2.17'
        },
        body: JSON.stringify({
          service_id: '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1',
          plan_id: '6f06daeb-11be-42dd-b598-318f66e43ecf',
          organization_guid: 'o',
          space_guid: 's',
          parameters: { title: 'one' }
        })
      })
      expect(answer.status).to.equal(201)
    })
    expect(code).to.equal(0)
    at.settings({ ...SETTINGS, platforms: { other: SETTINGS.platforms.cf } })
    expect(await refusal()).to.include('platforms.cf: has service instances and must stay in the settings')
  })

  it('a file that is no database', async () => {
    const file = join(at.folder, 'text.db')
    writeFileSync(file, 'not a database, only a text that is long enough to be looked at\n'.repeat(40), {
      mode: 0o600
    })
    expect(await refusal({ DATABASE_URL: `sqlite:${file}` })).to.match(
      /^portolan: the database sqlite:.*text\.db cannot be used: .*not a database\n$/
    )
  })

  it('a database in a folder that is not there', async () => {
    const err = await refusal({ DATABASE_URL: `sqlite:${join(at.folder, 'nowhere/p.db')}` })
    expect(err).to.match(/^portolan: the database sqlite:.*nowhere\/p\.db cannot be used: .+\n$/)
  })

  it('a data folder that cannot be made', async () => {
    writeFileSync(join(at.folder, 'file'), '')
    const err = await refusal({ PORTOLAN_DATA: join(at.folder, 'file/data') })
    expect(err).to.match(/^portolan: .*file\/data.* cannot be used: .+\n$/)
  })

  it('PostgreSQL that is not there, does not let us in, or has no such database', async () => {
    const env = { PORTOLAN_KEYS: KEY }
    const away = await refusal({ ...env, DATABASE_URL: `postgres://u:${PASSWORD}@127.0.0.1:9/portolan` })
    expect(away).to.match(
      /^portolan: the database postgres:\/\/127\.0\.0\.1:9\/portolan cannot be used: .*ECONNREFUSED/
    )
    const { superuser } = await postgresServer()
    const place = `${superuser.host}:${superuser.port}`
    const stranger = await refusal({
      ...env,
      DATABASE_URL: `postgres://nobody:${PASSWORD}@${place}/postgres`
    })
    expect(stranger).to.include('password authentication failed for user "nobody"')
    const { user, password } = superuser
    const missing = await refusal({
      ...env,
      DATABASE_URL: `postgres://${user}:${password}@${place}/nix`
    })
    expect(missing).to.include('database "nix" does not exist').and.not.include(password)
  })

  it('postgres:// without keys', async () => {
    expect(await refusal({ DATABASE_URL: 'postgres://u@127.0.0.1:9/p' })).to.include(
      'PORTOLAN_KEYS: must be given with postgres://'
    )
  })

  it('TLS files that are not there', async () => {
    at.settings({ ...SETTINGS, listen: { tls: { cert: 'no.crt', key: 'no.key' } } })
    expect(await refusal()).to.include('listen.tls.cert: no file')
  })

  it('TLS files that hold something else', async () => {
    for (const name of ['tls.crt', 'tls.key'])
      writeFileSync(join(at.folder, name), 'not PEM\n', { mode: 0o600 })
    at.settings({ ...SETTINGS, listen: { tls: { cert: 'tls.crt', key: 'tls.key' } } })
    expect(await refusal()).to.include('listen.tls')
  })

  it('local servers whose port is taken, with nothing left running', async () => {
    rmSync(join(at.folder, 'portolan.yaml'))
    // The servers' user must be able to reach the data.
    chmodSync(at.folder, 0o711)
    mkdirSync(at.data, { mode: 0o711 })
    expect(await ranOnce({})).to.deep.equal({ code: 0 })
    const { servers } = JSON.parse(readFileSync(join(at.data, 'local.json'), 'utf8'))
    const thief = createServer().listen(servers.paris.port, '127.0.0.1')
    await once(thief, 'listening')
    try {
      expect(await refusal()).to.match(
        /^portolan: Port \d+ of the local server paris is taken by another program: stop that program, or .*\n$/
      )
    } finally {
      thief.close()
    }
  })

  it('shows where an unforeseen error came from only when asked', async () => {
    const code = `import { sentence } from ${JSON.stringify(join(root, 'dist/src/cli/sentence.js'))}; console.log(sentence(new TypeError('x is not a function')))`
    const shown = (level: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        env: { LOG_LEVEL: level },
        encoding: 'utf8'
      })
    expect(shown('info')).to.equal(
      'something unexpected went wrong: x is not a function (LOG_LEVEL=debug shows where)\n'
    )
    expect(shown('debug')).to.match(/TypeError: x is not a function\n\s+at /)
  })

  /** Starts, does something, stops. */
  async function ranOnce(
    env: Record<string, string>,
    use: (url: string) => Promise<void> = async () => {}
  ): Promise<{ readonly code: number | null }> {
    const child = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), 'start'], {
      cwd: at.folder,
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', PORTOLAN_DATA: at.data, ...env },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    const ended = once(child, 'exit')
    for await (const chunk of child.stderr) if (String(chunk).includes('curl')) break
    expect(existsSync(join(at.data, 'url'))).to.equal(true)
    await use(readFileSync(join(at.data, 'url'), 'utf8').trim())
    child.kill('SIGTERM')
    const [code] = await ended
    return { code: code as number | null }
  }
})
