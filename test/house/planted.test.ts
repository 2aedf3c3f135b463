import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'
import { breaches, sourceFiles } from './layers.ts'

/** A small house in which everything is allowed. */
const SOUND: Readonly<Record<string, string>> = {
  'src/contract/adapter.ts': 'export interface Order {\n  readonly name: string\n}\n',
  'src/domain/instance.ts': using('../contract/adapter.ts', 'Order', 'Instance'),
  'src/store/instances.ts': using('../domain/instance.ts', 'Instance', 'Row'),
  'src/service/provision.ts': using('../store/instances.ts', 'Row', 'Answer'),
  'src/transport/http.ts': using('../contract/adapter.ts', 'Order', 'Sent'),
  'src/families/postgresql/bind.ts': using('../../contract/adapter.ts', 'Order', 'Bound'),
  'src/http/routes.ts': using('../service/provision.ts', 'Answer', 'Page'),
  'adapters/one/types.ts': using('../../src/contract/adapter.ts', 'Order', 'One'),
  'adapters/two/index.ts': using('../../src/contract/adapter.ts', 'Order', 'Two'),
  'test/support/clock.ts': using('../../src/domain/instance.ts', 'Instance', 'Clock'),
  'adapters/two/fake/main.ts':
    "import { env } from 'node:process'\nimport type { Clock } from '../../../test/support/clock.ts'\n\nexport const port = env['PORT']\nexport type FakeClock = Clock\n",
  'adapters/two/two.test.ts': using('../../src/transport/http.ts', 'Sent', 'Tested')
}

/** One planted file each; `planted` in its name becomes `planted-N`, so that all can stand in one house. */
const PLANTED: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'http imports store': ['src/http/planted.ts', using('../store/instances.ts', 'Row', 'Planted')],
  'an adapter imports domain': [
    'adapters/one/planted.ts',
    using('../../src/domain/instance.ts', 'Instance', 'Planted')
  ],
  'an adapter imports another adapter': [
    'adapters/one/planted.ts',
    using('../two/index.ts', 'Two', 'Planted')
  ],
  'an adapter imports its own fake': ['adapters/two/planted.ts', "export { port } from './fake/main.ts'\n"],
  'a family imports transport': [
    'src/families/postgresql/planted.ts',
    using('../../transport/http.ts', 'Sent', 'Planted')
  ],
  'a family imports another family': [
    'src/families/redis/planted.ts',
    using('../postgresql/bind.ts', 'Bound', 'Planted')
  ],
  'contract imports domain': [
    'src/contract/planted.ts',
    using('../domain/instance.ts', 'Instance', 'Planted')
  ],
  'an adapter calls fetch': [
    'adapters/one/planted.ts',
    "export const answer = await fetch('http://192.0.2.1/')\n"
  ],
  'an adapter reads process.env': ['adapters/one/planted.ts', "export const key = process.env['KEY']\n"],
  'an adapter sets a timer': ['adapters/one/planted.ts', 'export const later = setTimeout(String, 1)\n'],
  'an adapter imports a node module': [
    'adapters/one/planted.ts',
    "import { readFileSync } from 'node:fs'\n\nexport const text = readFileSync('/etc/hostname', 'utf8')\n"
  ],
  'an adapter imports test support': [
    'adapters/one/planted.ts',
    using('../../test/support/clock.ts', 'Clock', 'Planted')
  ],
  'the program imports test support': [
    'src/service/planted.ts',
    using('../../test/support/clock.ts', 'Clock', 'Planted')
  ],
  'a family calls fetch': [
    'src/families/postgresql/planted.ts',
    "export const answer = await fetch('http://192.0.2.1/')\n"
  ],
  'service imports knex': [
    'src/service/planted.ts',
    "import { knex } from 'knex'\n\nexport const open = knex\n"
  ],
  'a room that nobody named': ['src/utils/planted.ts', 'export const one = 1\n'],
  'a lone file that nobody named': ['src/planted.ts', 'export const one = 1\n']
}

describe('a planted breach of the layers', () => {
  const planted = Object.entries(PLANTED).map(([name, [file, text]], at) => ({
    name,
    text,
    file: file.replace('planted', `planted-${at}`)
  }))
  let house: string
  let found: { readonly linter: readonly string[]; readonly secondNet: readonly string[] }

  before(() => {
    house = mkdtempSync(join(tmpdir(), 'portolan-house-'))
    for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, file), join(house, file))
    }
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
    for (const [file, text] of Object.entries(SOUND)) write(house, file, text)
  })
  after(() => rmSync(house, { recursive: true, force: true }))

  it('is not seen in a sound house, by neither net', () => {
    expect(lint(house)).to.deep.equal([])
    expect(secondNet(house)).to.deep.equal([])
  })

  it('is seen where it is planted and nowhere else', () => {
    for (const { file, text } of planted) write(house, file, text)
    found = { linter: lint(house), secondNet: secondNet(house) }
    const files = planted.map(({ file }) => file).toSorted()
    expect(found.linter.filter((file) => !files.includes(file))).to.deep.equal([])
    expect(found.secondNet.filter((file) => !files.includes(file))).to.deep.equal([])
  })

  for (const { name, file } of planted) {
    it(`is caught by both nets: ${name}`, () => {
      expect(found.linter, 'the linter').to.include(file)
      expect(found.secondNet, 'the second net').to.include(file)
    })
  }
})

/** A file that needs what it imports, so that only the import itself can be wrong. */
function using(path: string, name: string, own: string): string {
  return `import type { ${name} } from '${path}'\n\nexport interface ${own} {\n  readonly inner: ${name}\n}\n`
}

function write(house: string, file: string, text: string): void {
  mkdirSync(dirname(join(house, file)), { recursive: true })
  writeFileSync(join(house, file), text)
}

/** The files in which the linter found something. */
function lint(house: string): readonly string[] {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { status, stdout } = spawnSync(process.execPath, [oxlint, '--format=json'], {
    cwd: house,
    encoding: 'utf8'
  })
  const { diagnostics, number_of_files: read } = JSON.parse(stdout)
  expect(read, 'files the linter read').to.be.at.least(Object.keys(SOUND).length)
  const files = diagnostics.map((diagnostic: { filename: string }) => diagnostic.filename)
  expect(status, 'the linter, exit code').to.equal(files.length === 0 ? 0 : 1)
  return [...new Set<string>(files)]
}

function secondNet(house: string): readonly string[] {
  return sourceFiles(house).filter((file) => breaches(house, file).length > 0)
}
