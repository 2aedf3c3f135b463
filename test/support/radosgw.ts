import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processAt } from '../../src/local/processes.ts'
import { freePort } from './free-port.ts'
import { need } from './need.ts'

/** A login of radosgw, as its operator makes one. */
export interface StoreKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface ObjectStore {
  /** On 127.0.0.1, without TLS. */
  readonly endpoint: string
  /** What its only place is called, and what signatures are for. */
  readonly region: 'default'
  /** Sees and changes everything: only tests have it. */
  readonly owner: StoreKey
  /** A new account. `caps` as radosgw-admin takes them: `users=*`. */
  account(name: string, caps?: string): Promise<StoreKey>
  /** Where one more gateway to the same store listens, with whatever APIs radosgw has by itself. */
  openGateway(): Promise<string>
}

const PREFIX = 'portolan-test-radosgw-'
const READY_WITHIN_MS = 120_000
/** As the README of the adapter wants it; `iam` is for the fakes, whose clouds have policies for users. */
const APIS = 's3, admin, iam'

let started: Promise<ObjectStore> | undefined
const folders: string[] = []
const children: ChildProcess[] = []

/**
 * One throwaway radosgw for the whole test process, with a monitor and a disk in memory of its own; started by the first who asks
 * (12 seconds; more on a busy machine: give that hook a longer time limit) and ended with the process, however that ends.
 */
export function objectStore(): Promise<ObjectStore> {
  started ??= start()
  return started
}

// Registered when a test file is loaded, outside every suite: runs once, after everything.
if (typeof after === 'function') after(stop)
process.once('exit', stop)

function stop(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

async function start(): Promise<ObjectStore> {
  sweep()
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
  folders.push(folder)
  const [monitor, gateway] = [await freePort(), await freePort()]
  const cluster = describe(folder, monitor)
  const conf = ['-c', join(folder, 'ceph.conf')]
  const monmap = join(folder, 'monmap')
  await run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, monmap)
  await run(
    'ceph-mon',
    ...conf,
    '-i',
    'a',
    '--mkfs',
    '--monmap',
    monmap,
    '--keyring',
    join(folder, 'keyring')
  )
  keep(folder, 'ceph-mon', ...conf, '-i', 'a', '-f')
  const disk = randomUUID()
  await run('ceph', ...conf, 'osd', 'new', disk)
  await run('ceph-osd', ...conf, '-i', '0', '--mkfs', '--osd-uuid', disk)
  keep(folder, 'ceph-osd', ...conf, '-i', '0', '-f')
  const listen = async (port: number, ...more: readonly string[]) => {
    const frontend = `--rgw-frontends=beast endpoint=127.0.0.1:${port}`
    keep(folder, 'radosgw', ...conf, '-n', 'client.admin', '-f', frontend, ...more)
    await answers(port, folder)
    return `http://127.0.0.1:${port}`
  }
  await listen(gateway, `--rgw-enable-apis=${APIS}`)
  const account = (name: string, caps?: string) => makeAccount(conf, name, caps)
  return {
    endpoint: `http://127.0.0.1:${gateway}`,
    region: 'default',
    owner: await account('owner', 'users=*;buckets=*;metadata=*'),
    account,
    openGateway: async () => listen(await freePort())
  }
}

/** Its name tells whose it is. The processes of a killed run died with it. */
function sweep(): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0])
    if (processAt(owner) === undefined) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** Writes the settings; answers the cluster's id. */
function describe(folder: string, port: number): string {
  const id = randomUUID()
  for (const part of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, part))
  writeFileSync(join(folder, 'keyring'), KEYRING.replaceAll('KEY', cephKey), { mode: 0o600 })
  const settings = {
    fsid: id,
    'mon initial members': 'a',
    'mon host': `v2:127.0.0.1:${port}`,
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'ms bind msgr1': 'false',
    'mon data': join(folder, 'mon'),
    'osd data': join(folder, 'osd'),
    'rgw data': join(folder, 'rgw'),
    keyring: join(folder, 'keyring'),
    'run dir': folder,
    'admin socket': '',
    'log file': join(folder, '$name.log'),
    'osd objectstore': 'memstore',
    'memstore device bytes': '1073741824',
    'osd pool default size': '1',
    'osd pool default min size': '1',
    'osd pool default pg num': '1',
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': '0',
    'mon allow pool size one': 'true',
    'rgw run sync thread': 'false',
    'rgw enable usage log': 'false'
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(join(folder, 'ceph.conf'), `[global]\n${lines.join('\n')}\n`)
  return id
}

const KEYRING = `[mon.]
key = KEY
caps mon = "allow *"
[client.admin]
key = KEY
caps mon = "allow *"
caps osd = "allow *"
[osd.0]
key = KEY
caps mon = "allow profile osd"
caps osd = "allow *"
`

/** As Ceph keeps one: a type, the time it was made, its length, itself. */
function cephKey(): string {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(1, 0)
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2)
  head.writeUInt16LE(16, 10)
  return Buffer.concat([head, randomBytes(16)]).toString('base64')
}

async function makeAccount(conf: readonly string[], name: string, caps?: string): Promise<StoreKey> {
  const key = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex')
  }
  const named = ['--uid', name, '--display-name', name, ...(caps === undefined ? [] : ['--caps', caps])]
  const secret = ['--access-key', key.accessKeyId, '--secret-key', key.secretAccessKey]
  await run('radosgw-admin', ...conf, '-n', 'client.admin', 'user', 'create', ...named, ...secret)
  return key
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const child = spawn(need(program), args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
  let said = ''
  child.stderr.on('data', (piece: Buffer) => {
    said = `${said}${piece.toString('utf8')}`.slice(-2000)
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${said}`)
}

/** Dies with us, also when we are killed. */
function keep(folder: string, program: string, ...args: readonly string[]): void {
  const log = openSync(join(folder, `${program}.out`), 'a')
  const words = ['--pdeathsig', 'SIGKILL', need(program), ...args]
  const child = spawn(need('setpriv'), words, { stdio: ['ignore', log, log], cwd: '/' })
  closeSync(log)
  child.unref()
  children.push(child)
}

async function answers(port: number, folder: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (!(await isListening(port))) {
    const ended = children.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)
    if (ended || Date.now() > deadline) {
      const said = readdirSync(folder)
        .filter((name) => name.endsWith('.out'))
        .map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8').slice(-1000)}`)
      stop()
      throw new Error(`radosgw did not start:\n${said.join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
    asked.end()
  })
}
