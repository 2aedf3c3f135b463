import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../src/config/package-root.ts'
import { loginHeaders } from './broker.ts'
import { PROVIDER, writeCatalog } from './catalog.ts'
import { median, middleRatio } from './median.ts'
import { type Client, get, provisionBody, put } from './osb.ts'
import { startNode } from './processes.ts'
import { machine, print, type Result, round } from './result.ts'

const PORT = 18_087
const MANY = 1000
const WAITING = 300
const LANES = 32
const DEFAULT_ROUNDS = 5
const LOOK_MS = 20
const HANGING = 'elm'
const SERVICE = 'a5b4c3d2-0001-4000-8000-000000000001'
const PLAN = 'a5b4c3d2-0002-4000-8000-000000000001'

/** Milliseconds of a thousand operations: while the first calls hang, and when the circuit is open. */
interface Taken {
  readonly early: number
  readonly late: number
}

/**
 * `npm run bench:hanging`: a thousand operations on one provider, with hundreds waiting for another that accepts connections and never
 * answers, and without them. Each measurement has a new broker with an empty store; both have both providers. What comes first changes
 * from round to round, and the ratio of each round is of its own two.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const rounds = argv.includes('--rounds') ? Number(argv[argv.indexOf('--rounds') + 1]) : DEFAULT_ROUNDS
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
  const silent = await silentServer()
  try {
    const catalog = join(folder, 'catalog')
    writeCatalog(catalog)
    addHanging(catalog)
    const seen: { readonly none: Taken; readonly hanging: Taken }[] = []
    for (let number = 1; number <= rounds; number++) {
      const at = (name: string) => join(folder, `${number}-${name}`)
      const none = () => measured(at('none'), catalog, silent.port, false)
      const hanging = () => measured(at('hanging'), catalog, silent.port, true)
      const isOdd = number % 2 === 1
      const first = await (isOdd ? none() : hanging())
      const second = await (isOdd ? hanging() : none())
      const each = isOdd ? { none: first, hanging: second } : { none: second, hanging: first }
      process.stderr.write(`bench: round ${number} of ${rounds}: ${JSON.stringify(each)}\n`)
      seen.push(each)
    }
    print({ machine: machine(), operations: MANY, waiting: WAITING, rounds, ...summary(seen) }, argv)
    return 0
  } finally {
    silent.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function summary(seen: readonly { readonly none: Taken; readonly hanging: Taken }[]): Result {
  const ms = (of: (each: (typeof seen)[number]) => number) => Math.round(median(seen.map(of)))
  return {
    hanging_vs_none: round(middleRatio(seen.map(({ hanging, none }) => [hanging.early, none.early]))),
    left_alone_vs_none: round(middleRatio(seen.map(({ hanging, none }) => [hanging.late, none.late]))),
    none_ms: ms(({ none }) => none.early),
    hanging_ms: ms(({ hanging }) => hanging.early),
    none_again_ms: ms(({ none }) => none.late),
    left_alone_ms: ms(({ hanging }) => hanging.late)
  }
}

async function measured(folder: string, catalog: string, port: number, hangs: boolean): Promise<Taken> {
  mkdirSync(folder)
  const settings = join(folder, 'portolan.yaml')
  writeFileSync(settings, JSON.stringify({ catalog, providers: providersAt(port) }), { mode: 0o600 })
  const program = pathToFileURL(join(packageRoot(), 'dist', 'src', 'cli', 'main.js')).href
  const code = `const { main } = await import(${JSON.stringify(program)}); process.exitCode = await main(['start'])`
  const server = await startNode(['--input-type=module', '--eval', code], {
    port: PORT,
    path: '/readyz',
    log: join(folder, 'log'),
    cwd: folder,
    env: { PORTOLAN_CONFIG: settings, PORTOLAN_DATA: join(folder, 'data') }
  })
  try {
    const client: Client = { server, headers: loginHeaders(folder) }
    if (hangs) await ordered(client, 'waiting', WAITING, { service_id: SERVICE, plan_id: PLAN })
    const early = await finished(client, 'early', MANY)
    if (hangs)
      await until(async () => (await metric(client, `portolan_circuits_open{provider="${HANGING}"}`)) === 1)
    const late = await finished(client, 'late', 2 * MANY)
    return { early, late }
  } finally {
    await server.stop()
  }
}

/** Orders a thousand, and waits until so many in all have succeeded. */
async function finished(client: Client, name: string, inAll: number): Promise<number> {
  const began = performance.now()
  await ordered(client, name, MANY, provisionBody('ending'))
  const succeeded = 'portolan_operations_ended_total{kind="create",state="succeeded"}'
  await until(async () => (await metric(client, succeeded)) >= inAll)
  return Math.round(performance.now() - began)
}

async function ordered(client: Client, name: string, many: number, body: object): Promise<void> {
  const numbers = Array.from({ length: many }, (_each, number) => number)
  const lane = async () => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop())
      await put(client, `/v2/service_instances/${name}-${number}?accepts_incomplete=true`, {
        organization_guid: 'bench',
        space_guid: 'bench',
        ...body
      })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(LOOK_MS)
}

async function metric(client: Client, name: string): Promise<number> {
  const line = (await get(client, '/metrics')).split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? 0)
}

function providersAt(port: number): object {
  const server = { name: 'main', region: 'elm-1', host: '127.0.0.1', port, user: 'root', password: 'none' }
  return {
    [PROVIDER]: { adapter: 'memory' },
    [HANGING]: { adapter: 'postgresql-server', servers: [{ ...server, network: 'private' }] }
  }
}

function addHanging(catalog: string): void {
  const write = (file: string, content: object) => writeFileSync(join(catalog, file), JSON.stringify(content))
  mkdirSync(join(catalog, 'providers', HANGING))
  write(`providers/${HANGING}/provider.yaml`, {
    kind: 'provider',
    displayName: 'Elm',
    country: 'DE',
    regions: [{ name: 'elm-1', country: 'DE' }]
  })
  write('services/postgresql.yaml', {
    kind: 'service',
    id: SERVICE,
    name: 'postgresql',
    family: 'postgresql',
    description: 'A service that hangs',
    tags: ['postgresql'],
    metadata: { displayName: 'PostgreSQL', documentationUrl: 'https://docs.example.org/' }
  })
  write(`providers/${HANGING}/postgresql.yaml`, {
    kind: 'plans',
    plans: [
      {
        id: PLAN,
        name: 'elm-small',
        description: 'A plan that hangs',
        regions: ['elm-1'],
        defaultRegion: 'elm-1',
        isolation: 'shared',
        free: true,
        synchronous: false,
        driverPlan: { connections: 5 },
        metadata: { displayName: 'Elm', bullets: ['Hangs'], costs: [{ amount: { eur: 0 }, unit: 'MONTHLY' }] }
      }
    ]
  })
}

async function silentServer(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}
