import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import Draft04 from 'ajv-draft-04'
import { expect } from 'chai'
import { parse } from 'yaml'
import { checkCatalog } from '../../src/catalog/check.ts'
import { problemLine } from '../../src/catalog/problem.ts'
import schema from '../../src/catalog/schema.json' with { type: 'json' }
import { openRegistry } from '../../src/registry/registry.ts'
import { DEFAULT_CATALOG } from '../support/catalog-folder.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'

const OVHCLOUD = {
  adapter: 'ovhcloud',
  project: '0123456789abcdef0123456789abcdef',
  clientId: 'made-up-for-this-test',
  clientSecret: 'made-up-for-this-test'
}
const SCALEWAY = { adapter: 'scaleway', secretKey: 'made-up-for-this-test', projectId: 'made-up' }

async function filesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name))
}

const FOLDERS = { 'the repository': DEFAULT_CATALOG, 'the tests': EXAMPLE_CATALOG }

for (const [title, folder] of Object.entries(FOLDERS)) {
  describe(`The catalog files of ${title}`, () => {
    it('each name the schema that an editor finds beside the program', async () => {
      const files = await filesOf(folder)

      expect(files).to.not.have.length(0)
      for (const file of files) {
        const [line = ''] = (await readFile(file, 'utf8')).split('\n')
        const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)$/.exec(line) ?? []
        expect(existsSync(resolve(dirname(file), path)), `${file}: ${line}`).to.equal(true)
      }
    })

    it('each fit the whole schema, as an editor would check them', async () => {
      const fits = new Draft04.default({ strict: false }).compile(schema)

      for (const file of await filesOf(folder)) {
        expect(fits(parse(await readFile(file, 'utf8'))), file).to.equal(true)
      }
    })
  })
}

describe('The plans in the repository', () => {
  for (const [title, providers] of Object.entries({
    OVHcloud: { ovhcloud: OVHCLOUD },
    Scaleway: { scaleway: SCALEWAY }
  })) {
    it(`of ${title} fit its adapter`, async () => {
      const registry = await openRegistry({ providers })

      const problems = await checkCatalog({
        folders: [DEFAULT_CATALOG],
        providers: registry.adapters,
        registry
      })

      expect(problems.map(problemLine)).to.deep.equal([])
    })
  }

  it('of the tests fit the adapter memory', async () => {
    const registry = await openRegistry({ providers: EXAMPLE_PROVIDERS })

    const problems = await checkCatalog({
      folders: [EXAMPLE_CATALOG],
      providers: registry.adapters,
      registry
    })

    expect(problems.map(problemLine)).to.deep.equal([])
  })
})
