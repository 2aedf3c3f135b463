import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Workspace } from '../../src/contract/ports.ts'
import { sweepWorkspaces, workspacePort } from '../../src/transport/workspace.ts'
import { processesNaming } from '../support/processes.ts'

const onLinux = process.platform === 'linux'

async function failureOf(promise: Promise<unknown>): Promise<ProviderFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason
  )
  if (!(error instanceof ProviderFailure)) throw new Error(`no ProviderFailure but ${String(error)}`)
  return error
}

describe('the workspace port', () => {
  let home: string
  let workFolder: string

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'portolan-workspace-'))
    workFolder = join(home, 'work')
  })

  afterEach(() => rmSync(home, { recursive: true, force: true }))

  function work<T>(use: (workspace: Workspace) => Promise<T>, signal = new AbortController().signal) {
    return workspacePort({ signal, workFolder })(use)
  }

  const shell = (workspace: Workspace, script: string, environment?: Record<string, string>) =>
    workspace.run('/bin/sh', ['-c', script], environment)

  it('is a folder that only we can enter, with files that only we can read, and nothing is left of it', async () => {
    const folder = await work(async (workspace) => {
      const path = await workspace.write('pass', 'first')
      expect(await workspace.write('pass', 'second')).to.equal(path)
      expect(readFileSync(path, 'utf8')).to.equal('second')
      expect(statSync(path).mode & 0o777).to.equal(0o600)
      expect(statSync(workspace.folder).mode & 0o777).to.equal(0o700)
      expect(statSync(workFolder).mode & 0o777).to.equal(0o700)
      await workspace.write('gone', '')
      await workspace.remove('gone')
      expect(readdirSync(workspace.folder)).to.deep.equal(['pass'])
      return workspace.folder
    })
    expect(existsSync(folder)).to.equal(false)
  })

  it('is removed when its use fails, too', async () => {
    const failing = work((workspace) => workspace.write('a', '').then(() => Promise.reject(new Error('no'))))
    expect(await failing.catch((error: Error) => error.message)).to.equal('no')
    expect(readdirSync(workFolder)).to.deep.equal([])
  })

  it('takes names of files, not ways out of it', async () => {
    await work(async (workspace) => {
      for (const name of ['../a', '/a', 'a/b', '.', '..', '']) {
        expect(await workspace.write(name, '').catch((error: unknown) => error)).to.be.instanceOf(TypeError)
      }
    })
  })

  it('tells how much room there is', async () => {
    expect(await work((workspace) => workspace.freeBytes())).to.be.greaterThan(1_000_000)
  })

  it('gives a program the environment it is told, and nothing of ours', async () => {
    const { folder, text } = await work(async (workspace) => ({
      folder: workspace.folder,
      text: await workspace.run('env', [], { PGPASSFILE: '/x', LC_ALL: 'de_DE', HOME: '/root' })
    }))
    expect(text.trim().split('\n').toSorted()).to.deep.equal([
      `HOME=${folder}`,
      'LC_ALL=C',
      `PATH=${process.env['PATH']}`,
      'PGPASSFILE=/x'
    ])
  })

  it('runs a program in the folder, without a shell and without input', async () => {
    await work(async (workspace) => {
      expect(await workspace.run('pwd', ['-P'])).to.equal(`${workspace.folder}\n`)
      expect(await workspace.run('echo', ['$HOME; "x"'])).to.equal('$HOME; "x"\n')
      expect(await workspace.run('cat', [])).to.equal('')
    })
  })

  it('tells the last line of what a failing program complained of, readable and short', async () => {
    await work(async (workspace) => {
      const failure = await failureOf(
        shell(workspace, `echo one >&2; printf 'sh: t\\033[1mwo\\n\\n' >&2; exit 3`)
      )
      expect(failure).to.include({ kind: 'unexpected', message: 'sh: t [1mwo' })
      const long = await failureOf(shell(workspace, `printf '%01000d' 7 >&2; exit 3`))
      expect(long.message).to.equal(`sh: ${'0'.repeat(300)}`)
      expect((await failureOf(shell(workspace, 'exit 3'))).message).to.equal('sh: ended with 3')
      expect((await failureOf(shell(workspace, 'kill -9 $$'))).message).to.contain('sh: ended')
    })
  })

  it('says unexpected for a program that is not there', async () => {
    const failure = await failureOf(work((workspace) => workspace.run('/nowhere/pg_dump', [])))
    expect(failure.kind).to.equal('unexpected')
    expect(failure.message).to.match(/^pg_dump: /)
  })

  it('ends a program that writes without end', async () => {
    const failure = await failureOf(work((workspace) => workspace.run('yes', [])))
    expect(failure.message).to.equal('yes: wrote more than 64 MB')
  })

  it('ends a program and what it started when the step is ended', async () => {
    const controller = new AbortController()
    const running = work(async (workspace) => {
      const sleeping = shell(workspace, 'sleep 300 & touch ready; wait')
      await until(() => existsSync(join(workspace.folder, 'ready')))
      controller.abort()
      return sleeping
    }, controller.signal)
    const failure = await failureOf(running)
    expect(failure).to.include({ kind: 'unavailable', mayHaveHappened: true })
    if (onLinux) expect(processesNaming(workFolder)).to.deep.equal([])
  })

  it('kills one that does not want to end', async function () {
    this.timeout(10_000)
    const controller = new AbortController()
    const running = work(async (workspace) => {
      const sleeping = shell(workspace, `trap '' TERM; touch ready; sleep 300`)
      await until(() => existsSync(join(workspace.folder, 'ready')))
      controller.abort()
      return sleeping
    }, controller.signal)
    expect((await failureOf(running)).kind).to.equal('unavailable')
    if (onLinux) expect(processesNaming(workFolder)).to.deep.equal([])
  })

  it('ends what still runs when its use ends, and what a program left behind', async () => {
    let left: Promise<unknown> | undefined
    await work(async (workspace) => {
      await shell(workspace, 'sleep 300 >/dev/null 2>&1 & exit 0')
      left = shell(workspace, 'touch ready; sleep 300').catch((error: unknown) => error)
      await until(() => existsSync(join(workspace.folder, 'ready')))
    })
    expect(await left).to.be.instanceOf(ProviderFailure)
    if (onLinux) expect(processesNaming(workFolder)).to.deep.equal([])
  })

  it('begins nothing when the step has ended', async () => {
    const failure = await failureOf(work(async () => 'x', AbortSignal.abort()))
    expect(failure.kind).to.equal('unavailable')
    expect(existsSync(workFolder)).to.equal(false)
  })

  it('leaves no program of a process that was killed, and the next use sweeps its folder', async function () {
    if (!onLinux) this.skip()
    this.timeout(20_000)
    const child = fork(new URL('../support/workspace-process.ts', import.meta.url), {
      execArgv: ['--import=tsx']
    })
    child.send({ workFolder, program: 'sleep', args: ['300'] })
    const [folder] = (await once(child, 'message')) as [string]
    const sleeping = () => processesNaming(folder).filter(({ command }) => command === 'sleep 300')
    await until(() => sleeping().length === 1)
    await work(async () => expect(existsSync(folder), 'while it lives').to.equal(true))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await until(() => sleeping().length === 0)
    expect(existsSync(join(folder, 'pass'))).to.equal(true)
    await work(async () => expect(existsSync(folder)).to.equal(false))
  })

  it('sweeps what is of another machine or start only when nobody has touched it for long', async () => {
    const names = ['00000000-1-17-fresh', '00000000-1-17-old', 'not ours']
    for (const name of names) mkdirSync(join(workFolder, name), { recursive: true })
    const long = new Date(Date.now() - 3_600_000)
    for (const name of names.slice(1)) utimesSync(join(workFolder, name), long, long)
    await sweepWorkspaces(workFolder)
    expect(readdirSync(workFolder).toSorted()).to.deep.equal(['00000000-1-17-fresh', 'not ours'])
  })
})

/** The test's own time limit ends a waiting in vain. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}
