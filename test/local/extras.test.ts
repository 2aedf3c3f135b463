import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, numberAt, textAt } from '../../src/contract/read.ts'
import { LocalServerError } from '../../src/local/local-server-error.ts'
import { lookAtLocalProviders } from '../../src/local/look.ts'
import { processesIn } from '../../src/local/processes.ts'
import type { LocalProviders } from '../../src/local/providers.ts'
import { readRecord } from '../../src/local/record.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { asMysql } from '../support/mysql-server.ts'
import { need } from '../support/need.ts'
import { withClient } from '../support/postgres-server.ts'
import { accessOf, type DataFolder, killed, removeDataFolders, usedDataFolder } from './data-folder.ts'

const redis = redisPort(new AbortController())

describe('MySQL and Redis of the local providers', function () {
  this.timeout(90_000)
  let folder: DataFolder
  let programFolders: readonly string[]
  let providers: LocalProviders
  /** What MariaDB calls the table of a query that is under way, where the system keeps such files. */
  const anothers = `/tmp/#sql-temptable-${randomUUID()}.MAD`

  before(async () => {
    programFolders = ['mariadbd', 'redis-server', 'mariadb-install-db'].map((each) => dirname(need(each)))
    // Its record was written when there was PostgreSQL only.
    folder = await usedDataFolder()
    writeFileSync(anothers, '')
    const { uid, gid } = statSync(data('berlin'))
    chownSync(anothers, uid, gid)
  })
  after(async () => {
    rmSync(anothers, { force: true })
    await removeDataFolders()
  })

  const settings = (name: string, service: string): JsonObject => {
    const found = providers.extras.find((each) => each.name === name && each.extra === service)
    return arrayAt(found?.settings ?? {}, 'servers')[0] as JsonObject
  }
  const wayIn = (server: JsonObject) => ({
    host: textAt(server, 'host'),
    port: numberAt(server, 'port'),
    user: textAt(server, 'user'),
    password: textAt(server, 'password')
  })
  const sql = (text: string) => asMysql(wayIn(settings('berlin', 'mysql')), text)
  const ask = (...words: readonly string[]) =>
    redis({ kind: 'redis', ...wayIn(settings('berlin', 'redis')), network: 'private' }, (session) =>
      session.command(...words)
    )
  const data = (server: string) => join(folder.dataDir, 'local', server)
  const pids = () => ['berlin-mysql', 'berlin-redis-1'].map((each) => processesIn(data(each))[0])

  it('an older record goes on, and nothing more is started than before', async () => {
    const before = readRecord(folder.dataDir)
    providers = await folder.start({ programFolders })
    expect(readRecord(folder.dataDir)?.servers).to.deep.include(before?.servers)
    expect(providers.extras.map(({ name, extra }) => `${name} ${extra}`)).to.have.members([
      'berlin mysql',
      'berlin redis',
      'paris mysql',
      'paris redis'
    ])
    expect(pids()).to.deep.equal([undefined, undefined])
    expect(existsSync(data('berlin-mysql'))).to.equal(false)
    expect(providers.rests('berlin', 'mysql')).to.equal(true)
    await withClient(accessOf(providers.settings.berlin), (client) => client.query('SELECT 1'))
  })

  it('are started at their first use, also when many come at once, and only theirs', async () => {
    const [mysql, cache] = [settings('berlin', 'mysql'), settings('berlin', 'redis')]
    const ports = [mysql, mysql, cache, cache].map((each) => numberAt(each, 'port'))
    await Promise.all(ports.map((port) => providers.wake(port)))
    await sql('CREATE DATABASE portolan; CREATE TABLE portolan.kept AS SELECT 1 AS one')
    expect(await ask('ACL', 'SETUSER', 'kept', 'off')).to.equal('OK')
    expect(await ask('ACL', 'SAVE')).to.equal('OK')
    expect([providers.rests('berlin', 'mysql'), providers.rests('paris', 'mysql')]).to.deep.equal([
      false,
      true
    ])
    const sight = lookAtLocalProviders(folder.dataDir, { folders: programFolders, objectStorage: false })
    expect([sight.rests('berlin', 'redis'), sight.rests('paris', 'redis')]).to.deep.equal([false, true])
  })

  it('leave alone what another MariaDB of the machine has under way', async () => {
    expect(existsSync(anothers)).to.equal(true)
    expect(await sql('SELECT @@tmpdir AS place')).to.deep.equal([{ place: data('berlin-mysql') }])
  })

  it('know no secret on their command line, in their environment or log, and are not root’s', () => {
    const secrets = Object.values(readRecord(folder.dataDir)?.servers ?? {}).map(
      (each) => each?.password ?? ''
    )
    for (const [index, server] of ['berlin-mysql', 'berlin-redis-1'].entries()) {
      const texts = ['cmdline', 'environ'].map((each) =>
        readFileSync(`/proc/${pids()[index]}/${each}`, 'utf8')
      )
      const names = texts[1]?.split('\0').map((entry) => entry.split('=')[0])
      expect(names).to.have.members(['LC_ALL', 'TZ', 'PATH', ''])
      for (const secret of secrets)
        expect([...texts, readFileSync(`${data(server)}.log`, 'utf8')].join()).not.to.include(secret)
      expect(statSync(`/proc/${pids()[index]}`).uid).not.to.equal(0)
      expect(statSync(data(server)).mode & 0o777).to.equal(0o700)
    }
  })

  it('let nobody in but the managed root', async () => {
    const server = wayIn(settings('berlin', 'mysql'))
    for (const user of ['root', '', 'mariadb.sys'])
      expect(await refusalOf(asMysql({ ...server, user, password: '' }, 'SELECT 1'))).to.match(
        /denied|locked/i
      )
    const { host, port } = wayIn(settings('berlin', 'redis'))
    const guest = { kind: 'redis', host, port, user: 'default', password: 'x', network: 'private' } as const
    expect(await refusalOf(redis(guest, (session) => session.command('PING')))).to.match(/WRONGPASS|NOAUTH/)
  })

  it('start with the broker from then on, with what they hold, and end with it', async () => {
    const before = pids()
    await providers.stop()
    expect(pids()).to.deep.equal([undefined, undefined])
    await providers.stop()
    providers = await folder.start({ programFolders })
    expect(providers.troubles).to.deep.equal([])
    expect(pids()).not.to.include.members(before).and.not.to.include(undefined)
    expect(await sql('SELECT one FROM portolan.kept')).to.deep.equal([{ one: 1 }])
    expect(await ask('ACL', 'USERS')).to.include('kept')
    expect(processesIn(data('paris-mysql'))).to.deep.equal([])
    await providers.stop()
  })

  it('are adopted when they outlived a killed broker', async () => {
    const broker = await folder.startBroker(programFolders)
    const before = pids()
    expect(before).not.to.include(undefined)
    await killed(broker)
    providers = await folder.start({ programFolders })
    expect(pids()).to.deep.equal(before)
    expect(await sql('SELECT one FROM portolan.kept')).to.deep.equal([{ one: 1 }])
    await providers.stop()
    expect(pids()).to.deep.equal([undefined, undefined])
  })

  it('whose programs are gone keep nobody else from starting, and say how to get them', async () => {
    providers = await folder.start()
    await withClient(accessOf(providers.settings.berlin), (client) => client.query('SELECT 1'))
    expect(providers.troubles.join('\n'))
      .to.include('The MySQL of berlin cannot run, because mariadbd or mariadb-install-db is missing')
      .and.include('apt-get install redis-server')
    const refusal = await providers
      .wake(numberAt(settings('berlin', 'redis'), 'port'))
      .catch((error: Error) => error)
    expect(refusal).to.be.instanceOf(LocalServerError).and.include({ kind: 'missing-binary' })
    await providers.stop()
  })

  it('whose port is taken say so at their use, and work when it is free again', async () => {
    providers = await folder.start({ programFolders })
    const port = numberAt(settings('paris', 'mysql'), 'port')
    const thief = createServer().listen(port, '127.0.0.1')
    const refusal = await refusalOf(providers.wake(port))
    expect(refusal).to.include(`Port ${port} of the local server paris-mysql is taken by another program`)
    await new Promise((resolve) => thief.close(resolve))
    await providers.wake(port)
    expect(await asMysql(wayIn(settings('paris', 'mysql')), 'SELECT 1 AS one')).to.deep.equal([{ one: 1 }])
  })

  async function refusalOf(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => 'came in',
      (error: Error) => error.message
    )
  }
})
