import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { type OpenRegistry, openRegistry, SettingsError } from '../../src/registry/registry.ts'

describe('An adapter that is not ours', () => {
  let folder: string

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-outside-')))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }

  function code(name: string, contract = '1'): string {
    return `export const adapter = {
      contract: ${contract},
      name: '${name}',
      settingsSchema: { type: 'object', additionalProperties: false, properties: { key: { type: 'string' } } },
      open: (settings) => ({ drivers: { example: { told: settings } }, ping: async () => {} })
    }\n`
  }

  function open(adapter: string, settings: JsonObject = {}): Promise<OpenRegistry> {
    return openRegistry({ providers: { north: { adapter, ...settings } }, settingsFolder: folder })
  }

  async function faultOf(adapter: string, settings?: JsonObject): Promise<string> {
    const error: unknown = await open(adapter, settings).then(
      () => undefined,
      (each: unknown) => each
    )
    expect(error).to.be.instanceOf(SettingsError)
    return (error as SettingsError).message
  }

  it('is a folder beside portolan.yaml, in TypeScript', async () => {
    write('acme/index.ts', `const typed: number = 1\n${code('acme', 'typed as 1')}`)
    const registry = await open('./acme', { key: 'k' })
    expect(registry.adapters).to.deep.equal({ north: 'acme' })
    expect(registry.driver('north', 'example')).to.deep.equal({ told: { key: 'k' } })
  })

  it('is a package that the operator installed, there or above', async () => {
    write('node_modules/@acme/portolan/package.json', '{"type":"module","exports":{"import":"./lib/it.js"}}')
    write('node_modules/@acme/portolan/lib/it.js', code('acme'))
    expect((await open('@acme/portolan')).adapters).to.deep.equal({ north: 'acme' })
    const below = join(folder, 'etc')
    const registry = await openRegistry({
      providers: { north: { adapter: '@acme/portolan' } },
      settingsFolder: below
    })
    expect(registry.adapters).to.deep.equal({ north: 'acme' })
  })

  it('has settings that are checked like those of any other', async () => {
    write('acme/index.mjs', code('acme'))
    expect(await faultOf('./acme', { kee: 'k' })).to.equal(
      'providers.north.kee: is not known here; known are key'
    )
  })

  it('never takes the name of one of ours: installed under it, ours is meant', async () => {
    write('node_modules/memory/package.json', '{"type":"module","main":"index.js"}')
    write('node_modules/memory/index.js', `throw new Error('this must not run')`)
    const registry = await open('memory')
    expect(registry.driver('north', 'example')).to.have.property('create')
  })

  it('never takes the name of one of ours: calling itself so, it is refused', async () => {
    write('acme/index.mjs', code('scaleway'))
    expect(await faultOf('./acme')).to.equal(
      'providers.north.adapter: ./acme calls itself scaleway, which is an adapter of this program'
    )
  })

  for (const [written, told] of [
    ['2', 'version 2'],
    ['undefined', 'no version']
  ] as const) {
    it(`is refused when it is written for ${told} of the contract`, async () => {
      write('acme/index.mjs', code('acme', written))
      expect(await faultOf('./acme')).to.equal(
        `providers.north.adapter: ./acme is written for ${told} of the contract; this program knows version 1`
      )
    })
  }

  it('is told to be missing, with the places that were looked at', async () => {
    for (const written of ['acme', './acme', '../acme', '@acme/../../x', 'ACME', 'a b']) {
      expect(await faultOf(written), written).to.match(
        /^providers\.north\.adapter: must be the name of an adapter: memory, .*; or of a package installed in .*, or a path from there that begins with \.\/$/
      )
    }
  })

  it('is told to be none when its folder has nothing to run, or does not run', async () => {
    write('empty/README.md', '')
    expect(await faultOf('./empty')).to.match(/\.\/empty cannot be loaded: it has none of package\.json/)
    write('sick/index.mjs', `throw new Error('no luck today')`)
    expect(await faultOf('./sick')).to.match(/\.\/sick cannot be loaded: no luck today/)
    write('bare/index.mjs', '')
    expect(await faultOf('./bare')).to.match(/\.\/bare exports no `adapter`/)
  })
})
