import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** A program that shows what boot hands over. */
const PROGRAM = `export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'wait') {
    process.on('SIGTERM', () => process.exit(7))
    setInterval(() => undefined, 1000)
    console.log('waiting ' + process.pid)
    return new Promise(() => undefined)
  }
  console.log('ran', ...argv)
  return argv[0] === 'three' ? 3 : 0
}
`

/** Stands in for npm: counts its runs and "installs" links to the packages that are here. */
const NPM = `import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n')
if (process.env.NPM_FAILS) {
  console.error('npm error gyp ERR! not found: make\\n'.repeat(40))
  process.exit(1)
}
await new Promise((resolve) => setTimeout(resolve, 300))
rmSync('node_modules', { recursive: true, force: true })
mkdirSync('node_modules')
for (const name of ['typescript', 'sqlite3', '@types']) symlinkSync(process.env.PACKAGES + '/' + name, 'node_modules/' + name)
`

describe('boot', () => {
  let clone: string
  const children: ChildProcess[] = []

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'portolan-boot-'))
    cpSync(join(root, 'src/boot'), join(clone, 'src/boot'), { recursive: true })
    cpSync(join(root, 'tsconfig.json'), join(clone, 'tsconfig.json'))
    put('package.json', JSON.stringify({ name: 'portolan', type: 'module' }))
    put('package-lock.json', '{}')
    put('src/cli/main.ts', PROGRAM)
    put('src/cli/beside.sql', 'select 1\n')
    put('npm/npm-cli.js', NPM)
    put('npm/package.json', '{"type":"module"}')
  })
  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
    rmSync(clone, { recursive: true, force: true })
  })

  it('installs and builds on the first run, tells so on stderr only, and runs', async () => {
    const first = await boot(['hello', '--flag'])
    expect(first).to.include({ code: 0, out: 'ran hello --flag\n' })
    expect(first.err).to.match(/installing[^]*building/)
    expect(npmRuns()).to.deep.equal(['ci --include=dev --loglevel=error --no-audit --no-fund'])
  })

  it('neither installs nor builds the second time, and says nothing', async () => {
    await boot(['hello'])
    const second = await boot(['hello'])
    expect(second).to.include({ code: 0, out: 'ran hello\n', err: '' })
    expect(npmRuns()).to.have.length(1)
  })

  it('builds again, without installing, when a source changed, and keeps nothing of a removed one', async () => {
    put('src/cli/old.ts', 'export const old = 1\n')
    await boot(['hello'])
    expect(existsSync(join(clone, 'dist/src/cli/old.js'))).to.equal(true)
    rmSync(join(clone, 'src/cli/old.ts'))
    put('src/cli/main.ts', PROGRAM.replace("'ran'", "'ran anew'"))
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran anew hello\n' })
    expect(existsSync(join(clone, 'dist/src/cli/old.js'))).to.equal(false)
    expect(npmRuns()).to.have.length(1)
  })

  it('installs again when the lock file changed', async () => {
    await boot(['hello'])
    put('package-lock.json', '{ }')
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran hello\n' })
    expect(npmRuns()).to.have.length(2)
  })

  it('takes packages that npm installed by hand as they are, when they are what the lock file asks for', async () => {
    installByHand('6.0.1')
    const first = await boot(['hello'])
    expect(first).to.include({ code: 0, out: 'ran hello\n' })
    expect(first.err).to.not.contain('installing')
  })

  it('installs over packages that are not what the lock file asks for', async () => {
    installByHand('5.0.0')
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran hello\n' })
    expect(npmRuns()).to.have.length(1)
  })

  it('puts files that are not TypeScript beside the built modules', async () => {
    await boot(['hello'])
    expect(readFileSync(join(clone, 'dist/src/cli/beside.sql'), 'utf8')).to.equal('select 1\n')
  })

  it('hands the exit code on', async () => {
    expect(await boot(['three'])).to.include({ code: 3, out: 'ran three\n' })
  })

  it('runs the program in its own process, which gets the signals', async () => {
    const child = start(['wait'])
    const line = await firstLine(child)
    expect(line).to.equal(`waiting ${child.pid}`)
    child.kill('SIGTERM')
    expect(await ended(child)).to.include({ code: 7 })
  })

  it('lets one process install and build while the others wait', async () => {
    const all = await Promise.all([boot(['one']), boot(['two']), boot(['four'])])
    expect(all.map(({ code }) => code)).to.deep.equal([0, 0, 0])
    expect(npmRuns()).to.have.length(1)
    expect(all.filter(({ err }) => err.includes('building'))).to.have.length(1)
    expect(all.filter(({ err }) => err.includes('waiting for another process'))).to.have.length(2)
    expect(existsSync(join(clone, '.boot.lock'))).to.equal(false)
  })

  it('takes over the lock of a process that is dead', async () => {
    const dead = spawn('true')
    await ended(dead)
    put('.boot.lock', JSON.stringify({ pid: dead.pid, started: '1' }))
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran hello\n' })
  })

  it('takes over the lock of a dead process whose pid was used again', async () => {
    put('.boot.lock', JSON.stringify({ pid: process.pid, started: 'at another time' }))
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran hello\n' })
  })

  it('does not run sources that do not compile, leaves no lock, and runs when they are mended', async () => {
    put('src/cli/wrong.ts', "export const one: number = 'two'\n")
    const broken = await boot(['hello'])
    expect(broken.code).to.not.equal(0)
    expect(broken.out).to.equal('')
    expect(broken.err).to.match(/wrong\.ts[^]*do not compile/)
    expect(existsSync(join(clone, '.boot.lock'))).to.equal(false)
    put('src/cli/wrong.ts', 'export const one: number = 2\n')
    expect(await boot(['hello'])).to.include({ code: 0, out: 'ran hello\n' })
  })

  it('says in one sentence that a compiler is missing', async () => {
    const { code, err, out } = await boot(['hello'], { NPM_FAILS: '1', PATH: '/nowhere' })
    expect({ code, out }).to.deep.equal({ code: 1, out: '' })
    const [first, ...rest] = err.trimEnd().split('\n')
    expect(first).to.contain('installing')
    expect(rest).to.have.length(1)
    expect(rest[0]).to.contain('python3, make, g++ is missing')
  })

  it('stops on SIGTERM while it installs, and leaves no lock', async () => {
    const child = start(['hello'])
    await until(() => existsSync(join(clone, 'npm-runs')))
    child.kill('SIGTERM')
    expect((await ended(child)).code).to.equal(143)
    expect(existsSync(join(clone, '.boot.lock'))).to.equal(false)
  })

  it('says in one sentence that Node is too old', async () => {
    put('old.mjs', "Object.defineProperty(process, 'versions', { value: { node: '20.18.3' } })\n")
    const old = await ended(start(['hello'], {}, ['--import', join(clone, 'old.mjs')]))
    expect(old).to.include({ code: 1, out: '' })
    expect(old.err).to.equal('portolan: Node 20.18.3 is too old, 20.19 or newer is needed.\n')
  })

  function put(file: string, text: string): void {
    mkdirSync(join(clone, file, '..'), { recursive: true })
    writeFileSync(join(clone, file), text)
    if (file.endsWith('.js')) chmodSync(join(clone, file), 0o755)
  }

  /** What npm leaves behind; the lock file asks for sqlite3 6.0.1 and a package for another platform. */
  function installByHand(version: string): void {
    const sqlite = { version: '6.0.1', integrity: 'sha512-one' }
    const other = { version: '1.0.0', integrity: 'sha512-two', optional: true }
    const wanted = { '': {}, 'node_modules/sqlite3': sqlite, 'node_modules/other-platform': other }
    const there = { 'node_modules/sqlite3': { ...sqlite, version } }
    put('package-lock.json', JSON.stringify({ packages: wanted }))
    put('node_modules/.package-lock.json', JSON.stringify({ packages: there }))
    for (const name of ['typescript', 'sqlite3', '@types']) {
      symlinkSync(join(root, 'node_modules', name), join(clone, 'node_modules', name))
    }
  }

  function start(args: readonly string[], env = {}, flags: readonly string[] = []): ChildProcess {
    const child = spawn(process.execPath, [...flags, 'src/boot/boot.mjs', ...args], {
      cwd: clone,
      env: {
        ...process.env,
        npm_execpath: join(clone, 'npm/npm-cli.js'),
        PACKAGES: join(root, 'node_modules'),
        ...env
      }
    })
    children.push(child)
    return child
  }

  function boot(args: readonly string[], env = {}): Promise<Ended> {
    return ended(start(args, env))
  }

  function npmRuns(): readonly string[] {
    return readFileSync(join(clone, 'npm-runs'), 'utf8').trimEnd().split('\n')
  }
})

function ended(child: ChildProcess): Promise<Ended> {
  const text = { out: '', err: '' }
  child.stdout?.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text.err += chunk
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...text }))
  })
}

function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}
