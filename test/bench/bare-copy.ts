import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type ClientTools, chooseTools } from '../../src/families/postgresql/move/tools.ts'
import { MANAGED_ROOT } from '../../src/local/managed-root.ts'
import { toolsPort } from '../../src/transport/tools.ts'

/** `pg_dump -Fc | pg_restore`; and by two jobs through a folder, not compressed: nothing that comes with PostgreSQL is faster. */
export type BareWay = 'pipe' | 'fastest'

export interface BareServer {
  readonly port: number
  /** Of the managed root. */
  readonly password: string
}

export interface BareCopy {
  run(way: BareWay): Promise<void>
  remove(): Promise<void>
}

const SERVER_VERSION = 150_000
const AS_AN_OPERATOR = ['--no-owner', '--no-privileges']

export async function chosenTools(): Promise<ClientTools> {
  const tools = await chooseTools({ tools: toolsPort() }, SERVER_VERSION, SERVER_VERSION)
  if ('missing' in tools) throw new Error(tools.missing)
  return tools
}

/** An empty database with an owner of its own, made only for this; the source is read with the login of a binding. */
export async function bareCopy(
  server: BareServer,
  { from, folder, tools }: { readonly from: string; readonly folder: string; readonly tools: ClientTools }
): Promise<BareCopy> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  const password = randomBytes(18).toString('base64url')
  const to = `postgresql://${name}:${password}@127.0.0.1:${server.port}/${name}`
  const archive = join(folder, name)
  await asRoot(server, [
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`,
    `GRANT ${name} TO ${MANAGED_ROOT}`,
    // This strategy, unlike the usual one, writes out everything that waits to be written.
    `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 STRATEGY file_copy`
  ])
  const dump = (args: readonly string[]) => [tools.dump.program, ...AS_AN_OPERATOR, ...args, from]
  const restore = (args: readonly string[]) => [
    tools.restore.program,
    ...AS_AN_OPERATOR,
    '--exit-on-error',
    `--dbname=${to}`,
    ...args
  ]
  return {
    async run(way) {
      if (way === 'pipe') return run(dump(['-Fc']), restore([]))
      await run(dump(['-Fd', '-Z0', '-j2', `--file=${archive}`]))
      await run(restore(['-j2', archive]))
    },
    async remove() {
      rmSync(archive, { recursive: true, force: true })
      await asRoot(server, [`DROP DATABASE ${name}`, `DROP ROLE ${name}`])
    }
  }
}

async function asRoot({ port, password }: BareServer, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: MANAGED_ROOT,
    password,
    database: 'postgres'
  })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** One program, or two with a pipe between. */
async function run(first: readonly string[], second?: readonly string[]): Promise<void> {
  const [file = '', ...args] = first
  const one = spawn(file, args, { stdio: ['ignore', second ? 'pipe' : 'ignore', 'inherit'] })
  const ends = [once(one, 'exit')]
  if (second) {
    const [next = '', ...more] = second
    const other = spawn(next, more, { stdio: [one.stdout ?? 'ignore', 'ignore', 'inherit'] })
    one.stdout?.destroy()
    ends.push(once(other, 'exit'))
  }
  const codes = (await Promise.all(ends)).map(([code]) => code as number | null)
  if (codes.some((code) => code !== 0)) throw new Error(`${file} ended with ${codes.join(' and ')}`)
}
