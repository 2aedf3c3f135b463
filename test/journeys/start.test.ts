import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { freePort } from '../support/free-port.ts'
import { endAllNaming, processesNaming, type Seen } from '../support/processes.ts'
import { root } from '../support/root.ts'

const run = promisify(execFile)
const READY_WITHIN_MS = 60_000
const GONE_WITHIN_MS = 15_000

interface Started {
  readonly npm: ChildProcess
  readonly url: string
  readonly output: () => string
}

describe('npm start', function () {
  this.timeout(READY_WITHIN_MS + GONE_WITHIN_MS + 15_000)
  let data: string

  before(async function () {
    // Installing and building are not what is timed here, and must never be killed half-way.
    this.timeout(0)
    await run(process.execPath, ['src/boot/boot.mjs', 'build'], { cwd: root })
    if (!existsSync(join(root, 'dist/src/main.js'))) this.skip()
  })
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'portolan-start-'))
    // The servers may run as another user, who must be able to reach their data.
    chmodSync(data, 0o755)
  })
  afterEach(async () => {
    await endAllNaming(data)
    rmSync(data, { recursive: true, force: true, maxRetries: 10 })
  })

  it('runs the broker and its servers, and SIGTERM to npm ends them all', async () => {
    const { npm, url, output } = await start()
    expect((await fetch(`${url}/readyz`)).status).to.equal(200)
    expect(servers(), output()).to.have.length.of.at.least(2)

    npm.kill('SIGTERM')
    await allGone()
    expect(await refuses(url)).to.equal(true)
  })

  it('takes the same signal twice as one stop', async () => {
    const { npm } = await start()
    const broker = brokerProcess()
    npm.kill('SIGTERM')
    signalIfAlive(broker.pid)
    await allGone()
  })

  it('ends everything on SIGINT to the whole group, as a terminal sends it', async () => {
    const { npm, url } = await start()
    process.kill(-(npm.pid ?? 0), 'SIGINT')
    await allGone()
    expect(await refuses(url)).to.equal(true)
  })

  async function start(): Promise<Started> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const npm = spawn('npm', ['start'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORT: String(port), PORTOLAN_DATA: data }
    })
    let text = ''
    const listens = new Promise<void>((resolve) => {
      const collect = (chunk: unknown) => {
        text += String(chunk)
        if (text.includes(url)) resolve()
      }
      npm.stdout.on('data', collect)
      npm.stderr.on('data', collect)
    })
    const ended = once(npm, 'exit').then(() => {
      throw new Error(`npm start ended before it listened:\n${text}`)
    })
    await Promise.race([listens, ended])
    // Its end after this is what the tests ask for.
    ended.catch(() => undefined)
    return { npm, url, output: () => text }
  }

  function servers(): readonly Seen[] {
    return processesNaming(data).filter(({ command }) => /\/postgres\s.*-D/.test(command))
  }

  function brokerProcess(): Seen {
    const [broker] = processesNaming(data).filter(({ command }) =>
      command.includes('src/boot/boot.mjs start')
    )
    if (broker === undefined) throw new Error('no broker process')
    return broker
  }

  async function allGone(): Promise<void> {
    const deadline = Date.now() + GONE_WITHIN_MS
    let left = processesNaming(data)
    while (left.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      left = processesNaming(data)
    }
    expect(left, 'processes still running').to.deep.equal([])
  }
})

function signalIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // Already gone.
  }
}

async function refuses(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/livez`)
    return false
  } catch {
    return true
  }
}
