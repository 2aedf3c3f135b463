import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { type OpenRegistry, openRegistry, SettingsError } from '../../src/registry/registry.ts'

const SECRET = 'a-token-nobody-may-see'

const ADAPTER = `export const adapter = {
  contract: 1,
  name: 'cloud',
  settingsSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['token', 'servers'],
    properties: {
      token: { type: 'string', minLength: 30, writeOnly: true },
      network: { enum: ['public', 'private'] },
      apiUrl: { type: 'string', format: 'uri' },
      servers: { type: 'array', items: { type: 'object', required: ['host'], properties: { port: { type: 'integer' } } } }
    }
  },
  open: (settings) => {
    if (settings.apiUrl === 'https://broken.example') throw new Error(settings.token)
    return { drivers: { example: { told: settings } }, ping: async () => {} }
  }
}
`

const FAMILY = `export const family = { name: 'example', parameters: {}, bindParameters: {}, credentials: () => ({}) }\n`

const RIGHT = { adapter: 'cloud', token: `${SECRET}-${SECRET}`, servers: [{ host: 'h' }] }

describe('The registry', () => {
  let home: string

  beforeEach(async () => {
    home = await mkdtemp(join(await realpath(tmpdir()), 'portolan-registry-'))
    await write('adapters/cloud', ADAPTER)
    await write('families/example', FAMILY)
  })

  afterEach(() => rm(home, { recursive: true, force: true }))

  async function write(folder: string, code: string): Promise<void> {
    await mkdir(join(home, folder), { recursive: true })
    await writeFile(join(home, folder, 'index.ts'), code)
  }

  function open(providers: JsonObject): Promise<OpenRegistry> {
    return openRegistry({
      providers,
      adaptersHome: pathToFileURL(join(home, 'adapters/')),
      familiesHome: pathToFileURL(join(home, 'families/'))
    })
  }

  async function faultsOf(providers: JsonObject): Promise<readonly string[]> {
    const error: unknown = await open(providers).then(
      () => undefined,
      (each: unknown) => each
    )
    expect(error).to.be.instanceOf(SettingsError)
    const { problems, message } = error as SettingsError
    expect(message).to.not.contain(SECRET)
    return problems.map(({ field, text }) => `${field} ${text}`)
  }

  it('opens one adapter for many providers, each with its own settings', async () => {
    const registry = await open({ north: RIGHT, south: { ...RIGHT, servers: [] } })

    expect(registry.adapters).to.deep.equal({ north: 'cloud', south: 'cloud' })
    const { adapter: _, ...settings } = RIGHT
    expect(registry.provider('north')?.drivers['example']).to.deep.equal({ told: settings })
    expect(registry.provider('south')?.drivers['example']).to.deep.equal({
      told: { ...settings, servers: [] }
    })
    expect(registry.provider('west')).to.equal(undefined)
  })

  it('opens several adapters for one provider, each with its own settings and its own reach', async () => {
    await write(
      'adapters/box',
      ADAPTER.replace("'cloud'", "'box'").replace('drivers: { example:', 'drivers: { other:')
    )
    const registry = await open({
      north: [
        { ...RIGHT, network: 'private' },
        { ...RIGHT, adapter: 'box' }
      ]
    })

    expect(registry.adapters).to.deep.equal({ north: 'cloud and box' })
    expect(Object.keys(registry.provider('north')?.drivers ?? {})).to.deep.equal(['example', 'other'])
    expect(registry.reach('north', 'example')).to.deep.equal({ network: 'private' })
    expect(registry.reach('north', 'other')).to.deep.equal({ network: 'public' })
  })

  it('refuses two adapters of one provider that make the same service, and names the entry that is wrong', async () => {
    expect(await faultsOf({ north: [RIGHT, RIGHT] })).to.deep.equal([
      'providers.north[1].adapter cloud makes example here, and so does cloud'
    ])
    expect(await faultsOf({ north: [RIGHT, { adapter: 'cloud' }] })).to.include(
      'providers.north[1].token is missing'
    )
  })

  it('knows every family by its folder', async () => {
    const registry = await open({})

    expect(registry.family('example')?.name).to.equal('example')
    expect(registry.family('other')).to.equal(undefined)
    expect(registry.family('__proto__')).to.equal(undefined)
  })

  it('tells every mistake of every provider by its path, and no value', async () => {
    const faults = await faultsOf({
      north: { adapter: 'cloud', token: SECRET, servers: [{ port: SECRET }], colour: SECRET },
      south: { adapter: 'cloud', apiUrl: SECRET, servers: SECRET },
      west: { adapter: 'cloudy' },
      east: { token: SECRET },
      up: SECRET
    })

    expect(faults).to.have.members([
      'providers.north.token must have at least 30 characters',
      'providers.north.servers[0].host is missing',
      'providers.north.servers[0].port must be an integer',
      'providers.north.colour is not known here; known are token, network, apiUrl, servers',
      'providers.south.token is missing',
      'providers.south.apiUrl must be a valid uri',
      'providers.south.servers must be an array',
      'providers.west.adapter must be the name of an adapter: cloud',
      'providers.east.adapter is missing',
      'providers.up must be an object'
    ])
  })

  it('tells of an adapter that does not open, but not what it threw', async () => {
    expect(await faultsOf({ north: { ...RIGHT, apiUrl: 'https://broken.example' } })).to.deep.equal([
      'providers.north the adapter does not open with these settings'
    ])
  })

  for (const name of [
    '../cloud',
    'cloud/../cloud',
    '/etc',
    'cloud\u0000',
    'CLOUD',
    '.',
    '',
    'cloud%2f',
    '__proto__',
    'c'.repeat(64)
  ]) {
    it(`imports nothing for the adapter ${JSON.stringify(name)}`, async () => {
      await write('escape', 'globalThis.escaped = true\n')

      expect(await faultsOf({ north: { ...RIGHT, adapter: name } })).to.have.length(1)
      expect(globalThis).to.not.have.property('escaped')
    })
  }

  for (const name of ['../north', 'North', 'north.1', '-north', 'n'.repeat(64)]) {
    it(`does not take ${JSON.stringify(name)} as a provider's name`, async () => {
      expect(await faultsOf({ [name]: RIGHT })).to.have.length(1)
    })
  }

  it('tells of an adapter that is written for another contract, is misnamed, or cannot be loaded', async () => {
    await write('adapters/old', ADAPTER.replace('contract: 1', 'contract: 0').replace("'cloud'", "'old'"))
    await write('adapters/alias', ADAPTER)
    await write('adapters/empty', 'export const other = 1\n')
    await write('adapters/broken', "import './missing.ts'\n")
    await write(
      'adapters/draft-07',
      ADAPTER.replace("'cloud'", "'draft-07'").replace('minLength: 30', 'minLength: "x"')
    )

    const faults = await faultsOf({
      a: { adapter: 'old' },
      b: { adapter: 'alias' },
      c: { adapter: 'empty' },
      d: { adapter: 'broken' },
      e: { adapter: 'draft-07' }
    })

    expect(faults[0]).to.match(
      /providers\.a\.adapter adapters\/old is written for version \d of the contract; this program knows version 1/
    )
    expect(faults[1]).to.match(/providers\.b\.adapter adapters\/alias calls itself by another name/)
    expect(faults[2]).to.match(/providers\.c\.adapter adapters\/empty exports no `adapter`/)
    expect(faults[3]).to.match(/providers\.d\.adapter adapters\/broken cannot be loaded/)
    expect(faults[4]).to.match(
      /providers\.e\.adapter the adapter's settingsSchema is not JSON Schema draft-04/
    )
  })

  it('tells of a family that is misnamed or cannot be loaded', async () => {
    await write('families/alias', FAMILY)
    await write('families/broken', 'throw new Error("no")\n')

    expect(await faultsOf({})).to.deep.equal([
      'families/alias calls itself by another name',
      'families/broken cannot be loaded: no'
    ])
  })
})
