import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ConfigError } from '../../src/config/config.ts'
import { completed, firstStart } from '../../src/config/first-start.ts'
import { loadConfig } from '../../src/config/load-config.ts'

describe('firstStart', () => {
  let folder: string
  let dataDir: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-first-'))
    dataDir = join(folder, 'data')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('makes logins and a key that nobody else may read', () => {
    const { platform, operator, keys } = firstStart(dataDir)
    expect(platform).to.have.property('username', 'portolan')
    expect(operator).to.have.property('username', 'operator')
    expect('password' in platform && platform.password).to.match(/^[\w-]{32}$/)
    expect(keys.map(({ key }) => key.length)).to.deep.equal([32])
    expect(readdirSync(dataDir)).to.have.members(['keys', 'login.json', 'operator.json'])
    expect(statSync(dataDir).mode & 0o777).to.equal(0o700)
    for (const name of readdirSync(dataDir))
      expect(statSync(join(dataDir, name)).mode & 0o777).to.equal(0o600)
  })

  it('finds them again', () => {
    expect(firstStart(dataDir)).to.deep.equal(firstStart(dataDir))
  })

  it('makes no new keys beside a store that was sealed with others', () => {
    const config = loadConfig({ PORTOLAN_DATA: dataDir }, undefined, folder)
    completed(config)
    writeFileSync(join(dataDir, 'portolan.db'), 'SQLite format 3\0…')
    rmSync(join(dataDir, 'keys'))
    expect(() => completed(config))
      .to.throw(ConfigError, 'put back the file')
      .with.property('message')
      .that.includes(join(dataDir, 'keys'))
    expect(readdirSync(dataDir)).to.not.include('keys')
  })

  it('reads a key ring with several keys', () => {
    const { keys } = firstStart(dataDir)
    const path = join(dataDir, 'keys')
    writeFileSync(path, `k2:${Buffer.alloc(32).toString('base64')}\n${readFileSync(path, 'utf8')}`)
    expect(firstStart(dataDir).keys.map(({ id }) => id)).to.deep.equal(['k2', keys[0]?.id])
  })

  it('refuses a file that others may read, once they may enter the folder', () => {
    firstStart(dataDir)
    chmodSync(join(dataDir, 'keys'), 0o644)
    chmodSync(dataDir, 0o755)
    expect(() => firstStart(dataDir)).to.throw(ConfigError, 'keys')
  })

  for (const [name, text] of [
    ['keys', ''],
    ['keys', 'nonsense'],
    ['login.json', '{'],
    ['operator.json', '{"username":1}']
  ] as const)
    it(`refuses a damaged ${name} ("${text}") rather than making a new one`, () => {
      firstStart(dataDir)
      writeFileSync(join(dataDir, name), text)
      expect(() => firstStart(dataDir)).to.throw(ConfigError, name)
      expect(readFileSync(join(dataDir, name), 'utf8')).to.equal(text)
    })

  describe('completed', () => {
    it('makes only what the settings lack', () => {
      const env = { PORTOLAN_DATA: dataDir, PORTOLAN_PASSWORD: 'mine' }
      const config = completed(loadConfig(env, undefined, folder))
      expect(config.platforms[0]?.logins).to.deep.equal([{ username: 'portolan', password: 'mine' }])
      expect(config.operators).to.have.length(1)
      expect(config.keys).to.have.length(1)
      expect(readdirSync(dataDir)).to.have.members(['keys', 'operator.json'])
    })

    it('writes nothing when nothing is missing', () => {
      const yaml = join(folder, 'portolan.yaml')
      writeFileSync(yaml, 'operators: [{ username: o, password: p }]', { mode: 0o600 })
      const key = `k:${Buffer.alloc(32).toString('base64')}`
      const env = { PORTOLAN_DATA: dataDir, PORTOLAN_PASSWORD: 'mine', PORTOLAN_KEYS: key }
      const config = loadConfig(env, undefined, folder)
      expect(completed(config)).to.deep.equal(config)
      expect(readdirSync(folder)).to.deep.equal(['portolan.yaml'])
    })
  })
})
