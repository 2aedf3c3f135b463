import { expect } from 'chai'
import { type Config, ConfigError } from '../../src/config/config.ts'
import type { Files } from '../../src/config/files.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { cheapHash } from '../support/cheap-hash.ts'

const KEY = `k1:${Buffer.alloc(32, 1).toString('base64')}`
const OTHER_KEY = `k2:${Buffer.alloc(32, 2).toString('base64')}`

/** Files by path; a mode other than 0600 stands in `modes`. */
function files(texts: Record<string, string>, modes: Record<string, number> = {}): Files {
  return {
    read: (path) => texts[path],
    mode: (path) => modes[path] ?? (path in texts ? 0o600 : undefined)
  }
}

const load = (
  env: Record<string, string>,
  texts: Record<string, string> = {},
  modes?: Record<string, number>
) => loadConfig(env, files(texts, modes), '/srv')

const loadYaml = (yaml: string, env: Record<string, string> = {}) => load(env, { '/srv/portolan.yaml': yaml })

/** Without the line, which is another test's. */
function problemsOf(attempt: () => Config): readonly string[] {
  return toldOf(attempt).map((problem) => problem.replace(/^portolan\.yaml:\d+: /, ''))
}

function toldOf(attempt: () => Config): readonly string[] {
  try {
    attempt()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('loadConfig', () => {
  it('needs nothing', () => {
    const { catalogFolders, settingsFolder, ...config } = load({})
    expect(settingsFolder).to.equal('/srv')
    expect(catalogFolders).to.have.length(1)
    expect(catalogFolders[0]).to.match(/\/catalog$/)
    expect(config).to.deep.equal({
      listen: { host: '127.0.0.1', port: 8080 },
      database: { kind: 'sqlite', path: '/srv/.portolan/portolan.db' },
      dataDir: '/srv/.portolan',
      local: { objectStorage: false },
      providers: {},
      platforms: [{ name: 'default', logins: [], sees: {}, quotas: {}, allowFrom: [] }],
      operators: [],
      brokerAddresses: [],
      keys: [],
      signingKeys: [],
      logLevel: 'info',
      engine: {
        leaseSeconds: 30,
        concurrency: 16,
        retentionDays: 30,
        deadlines: { create: 3600, update: 3600, switch: 86_400, delete: 3600, bind: 600, unbind: 600 }
      },
      drift: { everyHours: 24 },
      missingVersionStatus: 400,
      minimumVersion: '2.11'
    })
  })

  it('reads every setting of portolan.yaml, paths from its folder', () => {
    const passwordHash = cheapHash('x')
    const config = load(
      { PORTOLAN_CONFIG: 'etc/p.yaml', CF_PASSWORD: 'a "tricky": #one', SCW: 'scw-secret' },
      {
        '/srv/etc/tls.crt': 'c',
        '/srv/etc/tls.key': 'k',
        '/srv/etc/p.yaml': `
listen: { host: 0.0.0.0, port: 443, tls: { cert: tls.crt, key: tls.key } }
database: sqlite:db/p.db
data: data
url: https://broker.example/
local: true
providers:
  scaleway: { adapter: scaleway, secretKey: "\${SCW}", note: "$\${SCW}" }
platforms:
  cf-prod:
    logins:
      - { username: cf, password: "\${CF_PASSWORD}" }
      - { username: anna, passwordHash: "${passwordHash}" }
    sees: { providers: [scaleway], countries: [FR] }
    quotas: { instances: 5, instancesPerOrganization: 2 }
    allowFrom: [203.0.113.0/24, 198.51.100.7, "2001:db8::/32"]
operators: [{ username: ops, password: ops-secret }]
brokerAddresses: [192.0.2.1]
keys: ["${KEY}", "${OTHER_KEY}"]
logLevel: debug
engine: { leaseSeconds: 10, concurrency: 4,
        retentionDays: 30, deadlines: { create: 7200 } }
drift: { everyHours: 6 }
missingVersionStatus: 412
minimumVersion: "2.13"
catalog: my-catalog
`
      }
    )
    expect(config.listen).to.deep.equal({
      host: '0.0.0.0',
      port: 443,
      tls: { cert: '/srv/etc/tls.crt', key: '/srv/etc/tls.key' }
    })
    expect(config.database).to.deep.equal({ kind: 'sqlite', path: '/srv/etc/db/p.db' })
    expect(config).to.include({
      dataDir: '/srv/etc/data',
      publicUrl: 'https://broker.example',
      logLevel: 'debug',
      missingVersionStatus: 412,
      minimumVersion: '2.13',
      settingsFolder: '/srv/etc'
    })
    expect(config.catalogFolders).to.deep.equal(['/srv/etc/my-catalog'])
    expect(config.providers).to.deep.equal({
      scaleway: [{ adapter: 'scaleway', settings: { secretKey: 'scw-secret', note: '${SCW}' } }]
    })
    expect(config.platforms).to.deep.equal([
      {
        name: 'cf-prod',
        logins: [
          { username: 'cf', password: 'a "tricky": #one' },
          { username: 'anna', passwordHash }
        ],
        sees: { providers: ['scaleway'], countries: ['FR'] },
        quotas: { instances: 5, instancesPerOrganization: 2 },
        allowFrom: ['203.0.113.0/24', '198.51.100.7/32', '2001:db8::/32']
      }
    ])
    expect(config.operators).to.deep.equal([{ username: 'ops', password: 'ops-secret' }])
    expect(config.brokerAddresses).to.deep.equal(['192.0.2.1/32'])
    expect(config.keys.map(({ id, key }) => [id, key.length])).to.deep.equal([
      ['k1', 32],
      ['k2', 32]
    ])
    expect(config.engine).to.deep.equal({
      leaseSeconds: 10,
      concurrency: 4,
      retentionDays: 30,
      deadlines: { create: 7200, update: 3600, switch: 86_400, delete: 3600, bind: 600, unbind: 600 }
    })
    expect(config.drift).to.deep.equal({ everyHours: 6 })
  })

  it('adds folders to the catalog that comes with the program', () => {
    const config = load({}, { '/srv/portolan.yaml': 'catalog: [default, acme/catalog, ./default]' })
    expect(config.catalogFolders.slice(1)).to.deep.equal(['/srv/acme/catalog', '/srv/default'])
    expect(config.catalogFolders[0]).to.equal(load({}).catalogFolders[0])
  })

  it('lets the environment override portolan.yaml, paths from the working folder', () => {
    const yaml =
      'listen: { host: 0.0.0.0, port: 1 }\ndatabase: sqlite:x\ndata: d\nurl: https://a\nlogLevel: warn\n'
    const config = loadYaml(yaml, {
      HOST: '::1',
      PORT: '9000',
      DATABASE_URL: 'postgres://u:p@h/d',
      PORTOLAN_DATA: 'var',
      PORTOLAN_URL: 'https://b',
      PORTOLAN_KEYS: `${KEY},${OTHER_KEY}`,
      PORTOLAN_SIGNING_KEY: KEY,
      LOG_LEVEL: 'error'
    })
    expect(config.listen).to.deep.equal({ host: '::1', port: 9000 })
    expect(config.database).to.deep.equal({ kind: 'postgres', url: 'postgres://u:p@h/d' })
    expect(config).to.include({
      dataDir: '/srv/var',
      publicUrl: 'https://b',
      logLevel: 'error'
    })
    expect(config).not.to.have.property('local')
    expect(config.keys).to.have.length(2)
    expect(config.signingKeys).to.have.length(1)
  })

  it('gives the platform default the login of the environment, beside configured ones', () => {
    const env = { PORTOLAN_USERNAME: 'me', PORTOLAN_PASSWORD: 'mine' }
    expect(load(env).platforms).to.have.length(1)
    expect(load(env).platforms[0]?.logins).to.deep.equal([{ username: 'me', password: 'mine' }])
    const both = loadYaml('platforms: { cf: { logins: [{ username: cf, password: x }] } }', env)
    expect(both.platforms.map(({ name }) => name)).to.deep.equal(['cf', 'default'])
    const only = loadYaml('platforms: { cf: { logins: [{ username: cf, password: x }] } }')
    expect(only.platforms.map(({ name }) => name)).to.deep.equal(['cf'])
  })

  it('reads a secret from the file that NAME_FILE names, without its last line break', () => {
    const config = load({ PORTOLAN_PASSWORD_FILE: '/run/p' }, { '/run/p': 'from file\n' })
    expect(config.platforms[0]?.logins).to.deep.equal([{ username: 'portolan', password: 'from file' }])
    const yaml = 'platforms: { cf: { logins: [{ username: cf, password: "${CF}" }] } }'
    const texts = { '/srv/portolan.yaml': yaml, '/run/cf': 'cf secret' }
    expect(load({ CF_FILE: '/run/cf' }, texts).platforms[0]?.logins[0]).to.include({ password: 'cf secret' })
  })

  it('tells all mistakes at once, each by name', () => {
    const problems = problemsOf(() =>
      load(
        {
          PORT: '70000',
          DATABASE_URL: 'mysql://x',
          PORTOLAN_URL: 'ftp://x',
          PORTOLAN_USERNAME: 'a:b',
          PORTOLAN_KEYS: 'k1:short',
          LOG_LEVEL: 'loud'
        },
        {
          '/srv/portolan.yaml': `
colour: blue
listen: { prot: 1 }
providers: { Scaleway: { adapter: scaleway }, ovh: {} }
platforms: { cf: { logins: [{ username: "x:y", password: 12345 }], allowFrom: [300.1.1.1], sees: { countries: [fr] } } }
operators: [{ password: "\${OPS}" }]
engine: { leaseSeconds: 1 }
missingVersionStatus: 418
`
        }
      )
    )
    const names = [
      'PORT',
      'DATABASE_URL',
      'PORTOLAN_URL',
      'PORTOLAN_USERNAME',
      'PORTOLAN_PASSWORD',
      'PORTOLAN_KEYS',
      'LOG_LEVEL',
      'colour',
      'listen.prot',
      'providers.Scaleway',
      'providers.ovh.adapter',
      'platforms.cf.logins.0.username',
      'platforms.cf.logins.0.password',
      'platforms.cf.allowFrom.0',
      'platforms.cf.sees.countries.0',
      'operators.0.username',
      'operators.0.password',
      'engine.leaseSeconds',
      'missingVersionStatus'
    ]
    expect(problems.map((problem) => problem.split(': ')[0])).to.have.members(names)
    expect(problems.find((problem) => problem.startsWith('operators.0.password'))).to.include('OPS_FILE')
  })

  it('never repeats a value in a complaint', () => {
    const secret = 'Zx81-very-secret'
    const problems = problemsOf(() =>
      loadYaml(
        `keys: "${secret}"\noperators: [{ username: o, passwordHash: "${secret}" }]\nplatforms: { p: { logins: [{ username: a, password: "${secret}", passwordHash: "${secret}" }] } }`,
        { PORTOLAN_SIGNING_KEY: secret, DATABASE_URL: secret }
      )
    )
    expect(problems).to.have.length.greaterThan(3)
    expect(problems.join('\n')).to.not.include(secret)
  })

  it('names the line of a mistake in YAML', () => {
    const [told] = toldOf(() => loadYaml('listen:\n  host: a\n  host: b\n'))
    expect(told).to.match(/^portolan\.yaml:3: .*unique/)
    expect(problemsOf(() => loadYaml('- a\n'))).to.deep.equal(['portolan.yaml: must be object'])
    expect(loadYaml('')).not.to.have.property('local')
  })

  it('names the file and the line of each mistake, in the order of the file, after those of the environment', () => {
    const yaml = `
providers:
  ovh: {}
  scaleway:
    adapter: scaleway
    secretKey: "\${SCW}"
listen:
  port: 1
  prot: 1
platforms:
  cf: { logins: [{ username: cf }] }
operators:
  - { username: ops, password: a }
  - { username: cf, password: a, passwordHash: b }
`
    const texts = { '/srv/etc/p.yaml': yaml }
    expect(toldOf(() => load({ PORTOLAN_CONFIG: 'etc/p.yaml', LOG_LEVEL: 'loud' }, texts))).to.deep.equal([
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
      'etc/p.yaml:3: providers.ovh.adapter: missing',
      'etc/p.yaml:6: providers.scaleway.secretKey: neither SCW nor SCW_FILE is set',
      'etc/p.yaml:9: listen.prot: no such setting',
      'etc/p.yaml:11: platforms.cf.logins.0: needs either password or passwordHash',
      'etc/p.yaml:14: operators.1.passwordHash: must be of the form scrypt:N:r:p:salt:hash, as `portolan password hash` writes it'
    ])
  })

  it('knows what berlin and paris are asked for', () => {
    const local = (written: string) => loadYaml(`local: ${written}`).local
    expect(local('false')).to.equal(undefined)
    expect(local('true')).to.deep.equal({ objectStorage: false })
    expect(local('{}')).to.deep.equal({ objectStorage: false })
    expect(local('{ objectStorage: true }')).to.deep.equal({ objectStorage: true })
    expect(problemsOf(() => loadYaml('local: { objectStore: true }'))).to.deep.equal([
      'local.objectStore: no such setting'
    ])
  })

  const alone: Record<string, [string, Record<string, string>, RegExp]> = {
    'a login with neither password nor hash': [
      'operators: [{ username: o }]',
      {},
      /^operators\.0: needs either/
    ],
    'a username of two owners': [
      'operators: [{ username: x, password: a }]\nplatforms: { p: { logins: [{ username: x, password: b }] } }',
      {},
      /username "x" is used a second time/
    ],
    'a hashed password beside another of the same name': [
      `operators: [{ username: x, password: a }, { username: x, passwordHash: "${cheapHash('b')}" }]`,
      {},
      /a second time/
    ],
    'a database of another kind in the file': [
      'database: mysql://h/d',
      {},
      /^database: must begin with sqlite: or postgres:/
    ],
    'a country by its name': [
      'platforms: { p: { logins: [{ username: u, password: p }], sees: { countries: [Norway] } } }',
      {},
      /^platforms\.p\.sees\.countries\.0: must be a country code/
    ],
    'a username with a colon': [
      'operators: [{ username: "a:b", password: p }]',
      {},
      /^operators\.0\.username: must have .* without a colon/
    ],
    'no operators': ['operators: []', {}, /^operators: must not be empty/],
    'postgres:// without keys': ['', { DATABASE_URL: 'postgres://h/d' }, /^PORTOLAN_KEYS: must be given/],
    'a settings file that is not there': [
      '',
      { PORTOLAN_CONFIG: '/none.yaml' },
      /^PORTOLAN_CONFIG: cannot read/
    ],
    'a value and a file for it': ['', { LOG_LEVEL: 'info', LOG_LEVEL_FILE: '/x' }, /both set/],
    'a file that is not there': ['', { PORTOLAN_KEYS_FILE: '/none' }, /^PORTOLAN_KEYS_FILE: cannot read/],
    'a signing key out of the range of its curve': [
      '',
      { PORTOLAN_SIGNING_KEY: `s1:${Buffer.alloc(32, 255).toString('base64')}` },
      /^PORTOLAN_SIGNING_KEY: key s1 is out of the range of P-256/
    ],
    'two keys with one id': ['', { PORTOLAN_KEYS: `${KEY},${KEY}` }, /two keys have one id/],
    'a TLS file that is not there': [
      'listen: { tls: { cert: c, key: k } }',
      {},
      /^listen\.tls\.cert: no file/
    ],
    'a login in the public address': ['url: https://u:p@h', {}, /^url: must be/]
  }
  for (const [name, [yaml, env, expected]] of Object.entries(alone))
    it(`refuses ${name}`, () => {
      expect(problemsOf(() => loadYaml(yaml, env))[0]).to.match(expected)
    })

  describe('files that others may open', () => {
    const texts = {
      '/srv/portolan.yaml': 'listen: { tls: { cert: c, key: k } }',
      '/srv/c': '',
      '/srv/k': '',
      '/run/p': 'secret'
    }
    const env = { PORTOLAN_PASSWORD_FILE: '/run/p' }

    for (const path of [
      '/srv/portolan.yaml',
      '/srv/k',
      '/run/p',
      '/srv/.portolan/keys',
      '/srv/.portolan/login.json',
      '/srv/.portolan/portolan.db'
    ])
      it(`${path} is refused`, () => {
        const problems = problemsOf(() => load(env, texts, { [path]: 0o644 }))
        expect(problems).to.have.length(1)
        expect(problems[0]).to.include(path).and.include('chmod')
      })

    it('a certificate is not secret, and a group may read', () => {
      expect(problemsOf(() => load(env, texts, { '/srv/c': 0o644, '/srv/k': 0o640 }))).to.deep.equal([])
    })

    it('a folder that others cannot enter keeps its files', () => {
      const modes = { '/srv/.portolan': 0o700, '/srv/.portolan/portolan.db': 0o644 }
      expect(problemsOf(() => load(env, texts, modes))).to.deep.equal([])
    })
  })
})
