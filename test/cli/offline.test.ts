import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { examineRoom } from '../../src/cli/doctor/examine-data.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Diagnosis } from '../../src/domain/diagnosis.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { databases } from '../support/databases.ts'
import { EXAMPLE_CATALOG } from '../support/example-catalog.ts'
import { message } from '../support/hostile-postgres.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { postgresServer } from '../support/postgres-server.ts'

const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`
const PLATFORM = { logins: [{ username: 'cf', password: 'cf-password-9Kq' }] }
const SETTINGS: JsonObject = {
  catalog: EXAMPLE_CATALOG,
  providers: { alder: { adapter: 'memory' }, birch: { adapter: 'memory' } },
  platforms: {
    cf: PLATFORM,
    nordic: {
      ...PLATFORM,
      logins: [{ username: 'n', password: 'n-password-9Kq' }],
      sees: { countries: ['FI'] }
    }
  }
}

describe('portolan without a broker', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk

  beforeEach(() => {
    at = desk(SETTINGS)
  })
  afterEach(() => at.remove())

  describe('catalog check', () => {
    it('says that nothing is wrong', async () => {
      expect(await at.run(['catalog', 'check'])).to.deep.equal({
        code: 0,
        out: 'nothing is wrong\n',
        err: ''
      })
    })

    it('prints every mistake with file and line, exit code 1', async () => {
      const catalog = join(at.folder, 'catalog')
      cpSync(EXAMPLE_CATALOG, catalog, { recursive: true })
      const plans = join(catalog, 'providers/birch/example.yaml')
      writeFileSync(plans, readFileSync(plans, 'utf8').replaceAll('regions: [birch-1]', 'regions: [nowhere]'))
      const { code, out, err } = await at.run(['catalog', 'check', 'catalog'])
      expect([code, err]).to.deep.equal([1, ''])
      const lines = out.trimEnd().split('\n')
      expect(lines).to.have.length(2)
      for (const line of lines)
        expect(line).to.match(/providers\/birch\/example\.yaml:\d+: plan birch-\w+: .*nowhere/)
      const asJson = await at.run(['catalog', 'check', 'catalog', '--json'])
      expect(asJson.code).to.equal(1)
      expect(JSON.parse(asJson.out).problems).to.have.length(2)
    })

    it("checks the repository's own catalog with nothing configured, and makes nothing", async () => {
      const fresh = desk()
      try {
        expect((await fresh.run(['catalog', 'check'])).out).to.equal('nothing is wrong\n')
        expect((await fresh.run(['catalog', 'show'])).out)
          .to.include('berlin-small')
          .and.include('paris')
        expect(existsSync(fresh.data)).to.equal(false)
      } finally {
        fresh.remove()
      }
    })
  })

  describe('catalog show', () => {
    it('lists every plan, or what a platform sees', async () => {
      const all = (await at.json(['catalog', 'show']))['plans'] as readonly JsonObject[]
      expect(all.map(({ plan }) => plan)).to.include.members(['alder-sync', 'birch-sync', 'alder-shelf'])
      const seen = (await at.run(['catalog', 'show', '--platform', 'nordic'])).out
      expect(seen)
        .to.match(/^OFFERING +PLAN +PROVIDER/)
        .and.include('birch-sync')
        .and.not.include('alder')
      const unknown = await at.run(['catalog', 'show', '--platform', 'nix'])
      expect([unknown.code, unknown.err]).to.deep.equal([
        2,
        'portolan: there is no platform "nix"; there are cf, nordic\n'
      ])
    })
  })

  describe('migrate', () => {
    for (const database of databases) {
      it(`makes the schema, and finds nothing to do the second time, ${database.name}`, async () => {
        const place = await database.fresh()
        const { address } = place
        const url = address.kind === 'postgres' ? address.url : `sqlite:${address.path}`
        const env = { DATABASE_URL: url, PORTOLAN_KEYS: KEY }
        try {
          const first = await at.run(['migrate'], env)
          expect([first.code, first.err]).to.deep.equal([0, ''])
          expect(first.out).to.match(/went from schema 0 to \d+\n$/)
          const second = await at.run(['migrate', '--json'], env)
          const { from, to } = JSON.parse(second.out)
          expect(from).to.equal(to).and.be.greaterThan(0)
          if (address.kind === 'postgres') expect(first.out).to.not.include(new URL(address.url).password)
        } finally {
          await place.drop()
        }
      })
    }

    it('tells in one sentence what stands in the way', async () => {
      const { code, out, err } = await at.run(['migrate'], { DATABASE_URL: 'sqlite:nowhere/p.db' })
      expect([code, out]).to.deep.equal([1, ''])
      expect(err).to.match(/^portolan: the database sqlite:.*nowhere\/p\.db cannot be used: .+\n$/)
    })
  })

  describe('doctor', () => {
    const findings = async (env: Record<string, string> = {}) => {
      const { code, out, err } = await at.run(['doctor', '--json'], env)
      expect(err).to.equal('')
      const { worst, findings: found } = JSON.parse(out) as { worst: string; findings: Diagnosis[] }
      expect(code).to.equal(worst === 'refused' ? 1 : 0)
      return found
    }
    const told = (found: readonly Diagnosis[], about: string) =>
      found.filter((each) => each.about === about).map(({ level, text }) => `${level} ${text}`)

    it('looks at program, settings, data, store, catalog and every provider, and makes nothing', async () => {
      const found = await findings()
      expect(told(found, 'program')[0]).to.match(/^ok \d+\.\d+\.\d+ on Node \d+/)
      expect(told(found, 'settings')).to.deep.equal([
        'ok cf, nordic',
        'ok are signed by a key without a name (did:jwk): they prove only that the holder of that key signed'
      ])
      const named = await findings({ PORTOLAN_URL: 'https://portolan.example.org/a' })
      expect(told(named, 'settings')).to.include('ok are signed as did:web:portolan.example.org:a')
      expect(told(found, 'data')).to.deep.equal(['ok is made at the first start'])
      expect(told(found, 'store')).to.deep.equal(['ok is made at the first start'])
      expect(told(found, 'catalog')[0]).to.match(/^ok \d+ plans/)
      expect(told(found, 'provider alder')).to.deep.equal([
        'ok answers',
        'warning Boxes are forgotten when the broker ends.'
      ])
      expect(existsSync(at.data)).to.equal(false)
    })

    it('prints a line for people, with what would mend it below', async () => {
      at.settings({ ...SETTINGS, listen: { host: '0.0.0.0' } })
      const { code, out } = await at.run(['doctor'])
      expect(code).to.equal(0)
      expect(out).to.match(/^ok {7}program: version: /)
      expect(out).to.match(
        /warning {2}settings: listen: 0\.0\.0\.0 is served without TLS.*\n {9}set listen\.tls/
      )
    })

    it('tells each wrong setting, and those of a provider', async () => {
      at.settings({ ...SETTINGS, minimumVersion: '1.0', nix: 1 })
      expect(told(await findings({ PORT: 'x' }), 'settings')).to.have.length(3)
      at.settings({ ...SETTINGS, providers: { alder: { adapter: 'memory', nix: 1 } } })
      const found = await findings()
      expect(found.find(({ about, level }) => about === 'settings' && level === 'refused')).to.deep.include({
        subject: 'portolan.yaml:1',
        text: 'providers.alder.nix: is not known here; none is'
      })
      // What has nothing to do with them is looked at all the same.
      expect(told(found, 'store')).to.deep.equal(['ok is made at the first start'])
    })

    it('refuses files that others may read', async () => {
      chmodSync(at.folder, 0o755)
      mkdirSync(at.data, { mode: 0o755 })
      writeFileSync(join(at.data, 'keys'), `${KEY}\n`, { mode: 0o644 })
      const [refused] = (await findings()).filter(({ level }) => level === 'refused')
      expect(refused?.text).to.include('every user of this machine may open').and.include('chmod o=')
    })

    it('warns of a data folder that others may write to', async () => {
      mkdirSync(at.data)
      chmodSync(at.data, 0o777)
      const [data] = (await findings()).filter(({ about }) => about === 'data')
      expect(data).to.include({ level: 'warning', remedy: `chmod go-w ${at.data}` })
    })

    it('tells when the disk of the data folder is full, or will be soon', () => {
      const roomOf = (bytes: number) =>
        examineRoom('/data', bytes).map(({ level, text }) => `${level}: ${text}`)
      expect(roomOf(0)).to.deep.equal(['refused: the disk is full: 0 MB are left'])
      expect(roomOf(120_000_000)).to.deep.equal(['warning: the disk is nearly full: 120 MB are left'])
      expect(roomOf(5_000_000_000)).to.deep.equal([])
    })

    it('names the networks without which a provider with a firewall lets nobody in', async () => {
      at.settings({
        platforms: {
          cf: PLATFORM,
          open: {
            ...PLATFORM,
            logins: [{ username: 'o', password: 'o-password-9Kq' }],
            allowFrom: ['203.0.113.0/24']
          }
        },
        providers: {
          scaleway: {
            adapter: 'scaleway',
            secretKey: '22222222-2222-2222-2222-222222222222',
            projectId: '11111111-1111-1111-1111-111111111111',
            apiUrl: 'http://127.0.0.1:9'
          }
        }
      })
      const warned = (await findings()).filter(
        ({ about, level }) => about === 'settings' && level === 'warning'
      )
      expect(warned.map(({ subject }) => subject)).to.deep.equal([
        'brokerAddresses',
        'platforms.cf.allowFrom'
      ])
    })

    it('refuses a provider that does not answer or does not let us in, and never tells its password', async () => {
      const { managedRoot } = await postgresServer()
      const server = (name: string, change: object) => ({
        name,
        region: 'oslo-1',
        host: managedRoot.host,
        port: managedRoot.port,
        user: managedRoot.user,
        password: managedRoot.password,
        network: 'private',
        ...change
      })
      const secret = 'wrong-password-7Zq'
      at.settings({
        platforms: { cf: PLATFORM },
        providers: {
          berlin: { adapter: 'postgresql-server', servers: [server('sound', {})] },
          paris: {
            adapter: 'postgresql-server',
            servers: [server('closed', { password: secret }), server('away', { port: 9 })]
          }
        }
      })
      const { code, out } = await at.run(['doctor', '--json'])
      expect(code).to.equal(1)
      const found = JSON.parse(out).findings as Diagnosis[]
      expect(told(found, 'provider berlin')).to.include('ok answers')
      expect(found.find(({ subject }) => subject === 'server sound')?.text).to.include('PostgreSQL 15')
      for (const subject of ['server closed', 'server away'])
        expect(found.find((each) => each.subject === subject)?.level, subject).to.equal('refused')
      for (const hidden of [secret, managedRoot.password]) expect(out).to.not.include(hidden)
    })

    it('refuses a store that is not there, newer, or sealed by other keys, and warns of postgres:// without an audit sink', async () => {
      const env = { PORTOLAN_KEYS: KEY }
      const away = await findings({ ...env, DATABASE_URL: 'postgres://u:secret-99@127.0.0.1:9/p' })
      expect(told(away, 'store')[0])
        .to.match(/^refused .*ECONNREFUSED/)
        .and.not.include('secret-99')
      expect(away.find(({ subject }) => subject === 'audit.sink')?.level).to.equal('warning')

      const [, postgres] = databases
      const place = await postgres?.fresh()
      if (place?.address.kind !== 'postgres') throw new Error('no PostgreSQL')
      const DATABASE_URL = place.address.url
      const empty = await findings({ ...env, DATABASE_URL })
      expect(told(empty, 'store')).to.deep.equal(['ok answers, and is empty'])
      await at.run(['migrate'], { ...env, DATABASE_URL })
      const made = await findings({ ...env, DATABASE_URL })
      expect(told(made, 'store')[0]).to.match(/^ok answers, schema \d+/)
      await place.drop()
    })

    it('tells whether the keys are those of the store, and changes neither', async () => {
      const [sqlite] = databases
      const place = await sqlite?.fresh()
      if (place?.address.kind !== 'sqlite') throw new Error('no SQLite')
      const { openConfiguredStore } = await import('../../src/start/open-store.ts')
      const { recogniseStore } = await import('../../src/store/store.ts')
      const { loadConfig } = await import('../../src/config/load-config.ts')
      const env = { DATABASE_URL: `sqlite:${place.address.path}`, PORTOLAN_KEYS: KEY }
      const store = await openConfiguredStore(loadConfig({ ...env, PORTOLAN_DATA: at.data }))
      await recogniseStore(store)
      await store.database.close()
      expect(told(await findings(env), 'store')[1]).to.equal('ok the keys open it; "k1" seals')
      const other = `k2:${Buffer.alloc(32, 8).toString('base64')}`
      const wrong = await findings({ ...env, PORTOLAN_KEYS: other })
      expect(told(wrong, 'store')[1]).to.match(/^refused .*sealed with the key "k1"/)
      const none = await findings({ DATABASE_URL: env.DATABASE_URL })
      expect(told(none, 'store')[1]).to.equal('refused there are no keys to open it with')
      expect(existsSync(join(at.data, 'keys'))).to.equal(false)
      await place.drop()
    })

    it('says of a store whose disk is full that it is full', async () => {
      const words = message('E', 'SFATAL\0VFATAL\0CXX000\0Mcould not write init file\0\0')
      const full = createServer((socket) => socket.once('data', () => socket.end(words)))
      await once(full.listen(0, '127.0.0.1'), 'listening')
      const { port } = full.address() as { port: number }
      const found = await findings({ PORTOLAN_KEYS: KEY, DATABASE_URL: `postgres://u@127.0.0.1:${port}/p` })
      full.close()
      expect(told(found, 'store')).to.deep.equal([
        `refused the database postgres://127.0.0.1:${port}/p cannot be used: its disk is full (could not write init file)`
      ])
    })

    it('does not wait for ever for a database that swallows everything', async () => {
      const silent = createServer().listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as { port: number }
      const found = await findings({
        PORTOLAN_KEYS: KEY,
        DATABASE_URL: `postgres://u@127.0.0.1:${port}/p`
      })
      silent.close()
      expect(told(found, 'store')[0]).to.match(/^refused .*timeout/)
    })

    it('says of local servers that they rest while no broker runs', async () => {
      const fresh = desk()
      try {
        const { code, out } = await fresh.run(['doctor'])
        expect(code).to.equal(0)
        expect(out).to.include('provider berlin: local server of postgresql: does not run now')
      } finally {
        fresh.remove()
      }
    })

    it('refuses a broken catalog', async () => {
      const catalog = join(at.folder, 'catalog')
      mkdirSync(join(catalog, 'services'), { recursive: true })
      writeFileSync(join(catalog, 'services/x.yaml'), 'kind: service\n')
      at.settings({ ...SETTINGS, catalog, providers: {} })
      expect(
        (await findings()).some(({ about, level }) => about === 'catalog' && level === 'refused')
      ).to.equal(true)
    })
  })
})
