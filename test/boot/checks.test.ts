import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'

/** Stands in for mocha: does what the test says for its part, and tells which files it was given. */
const MOCHA = `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
const args = process.argv.slice(2)
const has = (text) => args.some((arg) => arg.startsWith(text))
const isNamed = args.some((arg) => arg.endsWith('.test.ts') && !arg.includes('*'))
const part = isNamed ? 'named' : has('adapters/') ? 'adapters' : args.includes('--ignore') ? 'rest' : has('test/journeys') ? 'journeys' : 'program'
appendFileSync(process.env.CALLS, part + '\\n')
const time = readFileSync(process.env.CALLS, 'utf8').split(part).length - 2
const said = JSON.parse(process.env.PARTS)[part]
const { counts, code = 0, pause = 0 } = (Array.isArray(said) ? said[time] : said) ?? { counts: { passed: 0, failed: 0, skipped: 0 } }
await new Promise((resolve) => setTimeout(resolve, pause))
console.log(part + ' begins\\n' + args.slice(3).join(' ') + '\\n' + part + ' ends')
if (counts) writeFileSync(args[2].replace('result=', ''), JSON.stringify(counts))
process.exitCode = code
`
const TOOLS = { typescript: 'tsc', oxlint: 'oxlint', '@biomejs/biome': 'biome', knip: 'knip' }

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures?: readonly { readonly title: string; readonly file?: string; readonly message: string }[]
}

interface Part {
  readonly counts?: Counts
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
    const named = test({ named: { counts } }, ['test/house/layers.test.ts', '--grep', 'x'])
    expect(named.out).to.include('\ntest/house/layers.test.ts --grep x\n').and.not.include('rest')
    expect(named.last).to.equal('7 passed, 0 failed, 0 skipped')
  })

  describe('when a test fails beside the others', () => {
    const failures = [{ title: 'a race is lost', file: 'test/a.test.ts', message: 'expected 3 to equal 4' }]
    const fails = { counts: { passed: 1, failed: 1, skipped: 0, failures }, code: 1 }
    const passes = { counts: { passed: 2, failed: 0, skipped: 0 } }

    it('runs its file alone, and tells what passed three times of three', () => {
      const { code, out, last, calls } = test({ rest: fails, named: [passes, passes, passes] })
      expect(calls.filter((call) => call === 'named')).to.have.length(3)
      expect(out).to.match(
        /failed beside the others, passed alone 3 times of 3:\n {2}✖ a race is lost\n {4}test\/a\.test\.ts: expected 3 to equal 4\n/
      )
      expect({ code, last }).to.deep.equal({ code: 0, last: '6 passed, 0 failed, 0 skipped' })
    })

    it('stays a failure when it fails once more, and is told after everything else', () => {
      const { code, out, last } = test({ rest: fails, named: [passes, passes, fails] })
      expect(out).to.match(
        /\nfailed:\n {2}✖ a race is lost\n {4}test\/a\.test\.ts: expected 3 to equal 4\n\n.*\n$/
      )
      expect({ code, last }).to.deep.equal({ code: 1, last: '5 passed, 1 failed, 0 skipped' })
    })

    it('stays a failure when nothing is run alone, or the run ends badly', () => {
      for (const again of [
        { counts: { passed: 0, failed: 0, skipped: 1 } },
        { ...passes, code: 1 },
        { code: 7 }
      ]) {
        expect(test({ rest: fails, named: [again] }).last).to.equal('5 passed, 1 failed, 0 skipped')
      }
    })

    it('is not run again with many others, where its file is not known, or when it was named', () => {
      const many = ['a', 'b', 'c', 'd'].map((name) => ({ ...failures[0]!, file: `test/${name}.test.ts` }))
      const nowhere = {
        counts: { passed: 1, failed: 1, skipped: 0, failures: [{ title: 'x', message: '' }] },
        code: 1
      }
      const all = [
        test({ rest: { counts: { passed: 1, failed: 4, skipped: 0, failures: many }, code: 4 } }),
        test({ rest: nowhere })
      ]
      for (const { code, calls } of all) {
        expect(code).to.equal(1)
        expect(calls).to.not.include('named')
      }
      expect(test({ named: [fails, passes, passes, passes] }, ['test/a.test.ts'])).to.include({ code: 1 })
    })

    it('counts no part as passed that ended badly beside it', () => {
      const parts = {
        program: { counts: passes.counts, code: 9 },
        rest: fails,
        named: [passes, passes, passes]
      }
      expect(test(parts)).to.include({ code: 1, last: '8 passed, 1 failed, 0 skipped' })
    })
  })

  function test(parts: Readonly<Record<string, Part | readonly Part[]>>, args: readonly string[] = []) {
    const calls = join(clone, 'calls')
    rmSync(calls, { force: true })
    const { status, stdout } = spawnSync(process.execPath, ['src/boot/boot.mjs', 'test', ...args], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...process.env, PARTS: JSON.stringify(parts), CALLS: calls }
    })
    const last = stdout.trimEnd().split('\n').at(-1)
    return { code: status, out: stdout, last, calls: readFileSync(calls, 'utf8').split('\n') }
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
