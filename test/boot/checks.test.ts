import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'

/** Stands in for mocha: does what the test says for its part, and tells which files it was given. */
const MOCHA = `import { writeFileSync } from 'node:fs'
const args = process.argv.slice(2)
const has = (text) => args.some((arg) => arg.startsWith(text))
const part = has('adapters/') ? 'adapters' : args.includes('--ignore') ? 'rest' : has('test/journeys') ? 'journeys' : 'program'
const { counts, code = 0, pause = 0 } = JSON.parse(process.env.PARTS)[part] ?? { counts: { passed: 0, failed: 0, skipped: 0 } }
await new Promise((resolve) => setTimeout(resolve, pause))
console.log(part + ' begins\\n' + args.slice(3).join(' ') + '\\n' + part + ' ends')
if (counts) writeFileSync(args[2].replace('result=', ''), JSON.stringify(counts))
process.exitCode = code
`
const TOOLS = { typescript: 'tsc', oxlint: 'oxlint', '@biomejs/biome': 'biome', knip: 'knip' }

interface Part {
  readonly counts?: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly code?: number
  /** Milliseconds before it writes. */
  readonly pause?: number
}

describe('npm test', () => {
  let clone: string

  before(() => {
    clone = mkdtempSync(join(tmpdir(), 'portolan-checks-'))
    cpSync(join(root, 'src/boot'), join(clone, 'src/boot'), { recursive: true })
    put('package.json', '{"type":"module"}')
    put('package-lock.json', '{}')
    put('tsconfig.json', '{}')
    for (const [name, tool] of Object.entries(TOOLS)) {
      const code = tool === 'tsc' ? `import { mkdirSync } from 'node:fs'\nmkdirSync(process.argv[3])` : ''
      putTool(name, tool, code)
    }
    putTool('mocha', 'mocha', MOCHA)
    symlinkSync(join(clone, 'packages'), join(clone, 'node_modules'))
  })
  after(() => rmSync(clone, { recursive: true, force: true }))

  it('adds up all parts and the four checks in its last line', () => {
    const { code, last } = test({
      program: { counts: { passed: 10, failed: 0, skipped: 1 } },
      rest: { counts: { passed: 20, failed: 0, skipped: 2 } }
    })
    expect(last).to.equal('34 passed, 0 failed, 3 skipped')
    expect(code).to.equal(0)
  })

  it('fails with any part', () => {
    const fails = { counts: { passed: 1, failed: 2, skipped: 0 }, code: 2 }
    const passes = { counts: { passed: 1, failed: 0, skipped: 0 } }
    for (const parts of [
      { program: fails, rest: passes },
      { program: passes, rest: fails }
    ])
      expect(test(parts)).to.include({ code: 1, last: '6 passed, 2 failed, 0 skipped' })
  })

  it('counts a part that ends badly without a failed test, or before it could count, as a failure', () => {
    const passes = { counts: { passed: 1, failed: 0, skipped: 0 } }
    expect(test({ program: { ...passes, code: 7 }, rest: passes }).last).to.equal(
      '6 passed, 1 failed, 0 skipped'
    )
    expect(test({ program: passes, rest: { code: 1 } }).last).to.equal('5 passed, 1 failed, 0 skipped')
  })

  it('fails when no test was run at all', () => {
    const none = { counts: { passed: 0, failed: 0, skipped: 0 } }
    const { code, out } = test({ program: none, rest: none })
    expect(code).to.equal(1)
    expect(out).to.match(/no test was run\n4 passed, 1 failed, 0 skipped\n$/)
  })

  it('never mixes the reports', () => {
    const counts = { passed: 1, failed: 0, skipped: 0 }
    const { out } = test({ program: { counts, pause: 300 }, rest: { counts } })
    expect(out).to.match(
      /program begins\n.*\nprogram ends\njourneys begins\n.*\njourneys ends\nrest begins\n.*\nrest ends\nadapters begins\n/
    )
  })

  it('runs in one process what is named, and hands arguments on', () => {
    const counts = { passed: 3, failed: 0, skipped: 0 }
    const named = test({ program: { counts } }, ['test/house/layers.test.ts', '--grep', 'x'])
    expect(named.out).to.include('\ntest/house/layers.test.ts --grep x\n').and.not.include('rest')
    expect(named.last).to.equal('7 passed, 0 failed, 0 skipped')
  })

  function test(parts: Readonly<Record<string, Part>>, args: readonly string[] = []) {
    const { status, stdout } = spawnSync(process.execPath, ['src/boot/boot.mjs', 'test', ...args], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...process.env, PARTS: JSON.stringify(parts) }
    })
    return { code: status, out: stdout, last: stdout.trimEnd().split('\n').at(-1) }
  }

  function putTool(name: string, tool: string, code: string): void {
    put(`packages/${name}/package.json`, JSON.stringify({ type: 'module', bin: { [tool]: 'bin.js' } }))
    put(`packages/${name}/bin.js`, code)
  }

  function put(file: string, text: string): void {
    mkdirSync(dirname(join(clone, file)), { recursive: true })
    writeFileSync(join(clone, file), text)
  }
})
