import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { expect } from 'chai'
import type { AdapterModule } from '../../src/contract/adapter.ts'
import { faultsOf } from './adapter-folder.ts'

const root = join(process.cwd(), 'adapters')
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe('every folder in adapters/', () => {
  it('is read at all', () => {
    expect(folders).to.include('memory')
  })

  for (const name of folders) {
    it(`${name} is complete, described as it is, and enrolled`, async () => {
      expect(faultsOf(join(root, name), name, await load(name))).to.deep.equal([])
    })
  }
})

describe('the check of adapter folders', () => {
  let folder = ''
  let memory: AdapterModule

  beforeEach(async () => {
    memory = await load('memory')
    folder = mkdtempSync(join(tmpdir(), 'adapter-'))
    cpSync(join(root, 'memory'), folder, { recursive: true })
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  function faults(module = memory): readonly string[] {
    return faultsOf(folder, 'memory', module)
  }

  function rewrite(file: string, change: (text: string) => string): void {
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')))
  }

  it('has nothing against a copy of memory', () => {
    expect(faults()).to.deep.equal([])
  })

  for (const file of ['adapter.yaml', 'README.md', 'index.ts']) {
    it(`finds a missing ${file}`, () => {
      rmSync(join(folder, file))
      expect(faults()).to.deep.equal([`has no ${file}`])
    })
  }

  it('finds a driver that is not enrolled', () => {
    rewrite('memory.test.ts', (text) => text.replaceAll('driverConformance(', 'nothing('))
    expect(faults()).to.deep.equal(['is not enrolled in the conformance kit'])
  })

  it('finds a fixture that nobody reads', () => {
    mkdirSync(join(folder, 'fixtures'))
    writeFileSync(join(folder, 'fixtures', 'example-create.json'), '{}')
    expect(faults()).to.deep.equal(['has a fixture that nobody reads: example-create.json'])
  })

  it('finds a setting that is described but does not exist, and the other way round', () => {
    rewrite('adapter.yaml', (text) => text.replace('settings: {}', 'settings: { old: { help: gone } }'))
    const properties = { key: { type: 'string', writeOnly: true } }
    expect(faults({ ...memory, settingsSchema: { properties } })).to.deep.equal([
      'describes the setting old that settingsSchema does not have',
      'does not describe the setting key of settingsSchema'
    ])
  })

  it('finds a secret that is not described as one', () => {
    rewrite('adapter.yaml', (text) => text.replace('settings: {}', 'settings: { key: { help: a key } }'))
    const properties = { key: { type: 'string', writeOnly: true } }
    expect(faults({ ...memory, settingsSchema: { properties } })).to.deep.equal([
      'disagrees on whether key is secret'
    ])
  })

  it('looks into lists and objects of settings', () => {
    const server = { properties: { tls: { properties: { ca: {} } } }, required: ['tls'] }
    expect(
      faults({ ...memory, settingsSchema: { properties: { servers: { items: server } } } })
    ).to.deep.equal([
      'does not describe the setting servers of settingsSchema',
      'does not describe the setting servers[].tls of settingsSchema',
      'does not describe the setting servers[].tls.ca of settingsSchema'
    ])
  })

  it('finds a folder whose module has another name', () => {
    expect(faults({ ...memory, name: 'other' })).to.deep.equal(['is called other in index.ts'])
  })
})

async function load(name: string): Promise<AdapterModule> {
  const index = new URL(`../../adapters/${name}/index${extname(import.meta.url)}`, import.meta.url)
  const found: { adapter: AdapterModule } = await import(index.href)
  return found.adapter
}
