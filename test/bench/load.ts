import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cpuMicroseconds, type Measured } from './processes.ts'

const run = promisify(execFile)

export interface Load {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Unique ids: `%d` in the path counts up. */
  readonly put?: object
}

export interface Rate {
  readonly requestsPerSecond: number
  /** Of the server's process. */
  readonly cpuMicrosecondsPerRequest: number
}

const SECONDS = 4
const CONNECTIONS = 16
let rounds = 0

/** One round of `wrk` against one server. Any answer that is no success ends the bench. */
async function measure(server: Measured, load: Load, folder: string): Promise<Rate> {
  const script = join(folder, `load-${rounds++}.lua`)
  writeFileSync(script, scriptOf(load))
  const before = cpuMicroseconds(server.pid)
  const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-s', script, server.url])
  const cpu = cpuMicroseconds(server.pid) - before
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0)
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0)
  if (requests === 0 || /Non-2xx/.test(stdout)) throw new Error(`the load on ${load.path} failed: ${stdout}`)
  return { requestsPerSecond: rate, cpuMicrosecondsPerRequest: cpu / requests }
}

/** Rounds alternate between the servers, so that what disturbs one disturbs the others; the middle round counts. */
export async function compare(
  servers: readonly { readonly server: Measured; readonly load: Load }[],
  folder: string,
  roundsEach = 3
): Promise<Rate[]> {
  const seen: Rate[][] = servers.map(() => [])
  for (let round = 0; round < roundsEach; round++) {
    for (const [index, { server, load }] of servers.entries()) {
      seen[index]?.push(await measure(server, load, folder))
    }
  }
  return seen.map(middle)
}

function middle(rates: readonly Rate[]): Rate {
  const sorted = rates.toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond)
  const rate = sorted[Math.floor(sorted.length / 2)]
  if (!rate) throw new Error('nothing was measured')
  return rate
}

function scriptOf({ path, headers, put }: Load): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`
  )
  if (!put) return [...lines, `request = function() return wrk.format("GET", ${quote(path)}) end`].join('\n')
  const start = `${Date.now()}`
  return [
    ...lines,
    'wrk.headers["Content-Type"] = "application/json"',
    `local body = ${quote(JSON.stringify(put))}`,
    'local n = 0',
    'request = function()',
    '  n = n + 1',
    `  return wrk.format("PUT", (string.gsub(${quote(path)}, "%%d", ${quote(`${start}-`)} .. n)), nil, body)`,
    'end'
  ].join('\n')
}

function quote(text: string): string {
  return JSON.stringify(text)
}
