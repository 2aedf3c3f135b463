import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { packageRoot } from '../../src/config/package-root.ts'
import { need } from '../support/need.ts'
import { loginHeaders, startBroker, startLocal } from './broker.ts'
import { writeCatalog } from './catalog.ts'
import { compare, type Rate } from './load.ts'
import { bindMilliseconds, finishMany, get, provisionBody, put } from './osb.ts'
import { type Measured, residentMegabytes, startNode } from './processes.ts'
import { machine, print, type Result, round } from './result.ts'
import { installSbf } from './sbf.ts'

const MANY = 10_000
const IDLE_SECONDS = 5

/** `npm run bench`: everything side by side in one run, as ratios, with the machine named. */
export async function main(argv: readonly string[]): Promise<number> {
  need('wrk')
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
  const running: Measured[] = []
  try {
    const result: Result = { machine: machine() }
    const tell = (text: string): boolean => process.stderr.write(`bench: ${text}\n`)
    tell('catalog, poll and accept beside a bare server and @sap/sbf')
    Object.assign(result, await requests(folder, running))
    tell('a second start with berlin and paris')
    Object.assign(result, await localStart(join(folder, 'local')))
    tell(`${MANY} operations in flight`)
    Object.assign(result, await inFlight(join(folder, 'many'), folder))
    print(result, argv)
    return 0
  } finally {
    await Promise.all(running.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function requests(folder: string, running: Measured[]): Promise<Result> {
  const catalog = join(folder, 'catalog')
  writeCatalog(catalog)
  const broker = await startBroker(join(folder, 'broker'), 18_080, catalog)
  running.push(broker)
  const headers = loginHeaders(join(folder, 'broker'))
  const client = { server: broker, headers }

  const catalogBytes = await get(client, '/v2/catalog')
  const catalogFile = join(folder, 'catalog.json')
  writeFileSync(catalogFile, catalogBytes)
  const bare = await startBare(folder, catalogFile, 18_081)
  const sbf = await startSbf(folder, catalogFile)
  running.push(bare, sbf.server)
  const [ours, theirs, saps] = await compare(
    [
      { server: broker, load: { path: '/v2/catalog', headers } },
      { server: bare, load: { path: '/v2/catalog', headers } },
      { server: sbf.server, load: { path: '/v2/catalog', headers: sbf.headers } }
    ],
    folder
  )

  await put(client, '/v2/service_instances/polled?accepts_incomplete=true', provisionBody('waiting'))
  const poll = '/v2/service_instances/polled/last_operation'
  const pollFile = join(folder, 'poll.json')
  writeFileSync(pollFile, await get(client, poll))
  const barePoll = await startBare(folder, pollFile, 18_083)
  running.push(barePoll)
  const [ourPoll, theirPoll] = await compare(
    [
      { server: broker, load: { path: poll, headers } },
      { server: barePoll, load: { path: poll, headers } }
    ],
    folder
  )

  const accept = '/v2/service_instances/%d?accepts_incomplete=true'
  const [ourAccept, sapsAccept] = await compare(
    [
      { server: broker, load: { path: accept, headers, put: provisionBody('waiting') } },
      { server: sbf.server, load: { path: accept, headers: sbf.headers, put: provisionBody('waiting') } }
    ],
    folder
  )
  return {
    catalog_bytes: Buffer.byteLength(catalogBytes),
    catalog_vs_bare: ratio(ours, theirs),
    catalog_vs_sbf: ratio(ours, saps),
    ...rates('catalog', { portolan: ours, bare: theirs, sbf: saps }),
    poll_vs_bare: ratio(ourPoll, theirPoll),
    ...rates('poll', { portolan: ourPoll, bare: theirPoll }),
    accept_vs_sbf: ratio(ourAccept, sapsAccept),
    ...rates('accept', { portolan: ourAccept, sbf: sapsAccept }),
    bind_overhead_ms: round(await bindMilliseconds(client))
  }
}

function startBare(folder: string, file: string, port: number): Promise<Measured> {
  const script = join(packageRoot(), 'test', 'bench', 'bare.mjs')
  return startNode([script, file, String(port)], { port, path: '/', log: join(folder, `bare-${port}.log`) })
}

async function startSbf(
  folder: string,
  catalog: string
): Promise<{ readonly server: Measured; readonly headers: Record<string, string> }> {
  const password = 'bench-bench-bench-bench'
  const headers = {
    Authorization: `Basic ${Buffer.from(`bench:${password}`).toString('base64')}`,
    'X-Broker-API-Version': '2.17'
  }
  const script = join(packageRoot(), 'test', 'bench', 'sbf.cjs')
  const server = await startNode([script, installSbf(), catalog], {
    port: 18_082,
    path: '/v2/catalog',
    log: join(folder, 'sbf.log'),
    headers,
    env: { BENCH_PASSWORD: password }
  })
  return { server, headers }
}

/** The first start makes the servers; the second is what a user waits for every day. */
async function localStart(folder: string): Promise<Result> {
  await (await startLocal(folder, 18_084)).stop()
  const began = performance.now()
  const broker = await startLocal(folder, 18_084)
  const ready = performance.now() - began
  try {
    await pause(IDLE_SECONDS * 1000)
    return { ready_ms: round(ready), rss_idle_mb: round(residentMegabytes(broker.pid)) }
  } finally {
    await broker.stop()
  }
}

async function inFlight(folder: string, parent: string): Promise<Result> {
  const broker = await startBroker(folder, 18_085, join(parent, 'catalog'))
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, residentMegabytes(broker.pid))
  }
  try {
    const took = await finishMany({ server: broker, headers: loginHeaders(folder) }, MANY, look)
    return {
      operations_in_flight: MANY,
      operations_peak_rss_mb: round(peak),
      operations_per_second: round(MANY / (took / 1000))
    }
  } finally {
    await broker.stop()
  }
}

function ratio(one: Rate | undefined, other: Rate | undefined): number {
  return round((one?.requestsPerSecond ?? Number.NaN) / (other?.requestsPerSecond ?? Number.NaN))
}

function rates(what: string, servers: Readonly<Record<string, Rate | undefined>>): Result {
  return Object.fromEntries(
    Object.entries(servers).flatMap(([name, rate]) => [
      [`${what}_${name}_per_second`, round(rate?.requestsPerSecond ?? Number.NaN)],
      [`${what}_${name}_cpu_us`, round(rate?.cpuMicrosecondsPerRequest ?? Number.NaN)]
    ])
  )
}
