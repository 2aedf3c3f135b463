import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { explainError } from './explain.ts'
import { type ExtraProvider, extraNames, extraProviders } from './extra-settings.ts'
import { EXTRAS, type Extra, findPrograms, NEEDED, type Programs, remedyFor } from './found-programs.ts'
import { LocalServerError } from './local-server-error.ts'
import { mariadb } from './mariadb.ts'
import type { Memory } from './memory.ts'
import { chooseFreePort, isFree } from './ports.ts'
import { raiseServer } from './raise-server.ts'
import { LOCAL_NAMES, type LocalName, recordPath, type ServerRecord } from './record.ts'
import { redis } from './redis.ts'
import type { RunningServer } from './run-server.ts'
import type { Server } from './server.ts'

/** The servers beside PostgreSQL: those of one kind and provider are a group, and start at the first use of any of them. */
export interface Extras {
  readonly providers: readonly ExtraProvider[]
  /** Gets the group of that port running; nothing for a port that is none of theirs. Throws `LocalServerError`. */
  wake(port: number): Promise<void>
  /** Whether the group has never been started: then nothing can be in it. */
  rests(name: string, extra: string): boolean
  /** Starts what holds something. Answers sentences of what cannot run: it is tried again at its first use. */
  wakeKept(): Promise<readonly string[]>
  stop(): Promise<void>
}

interface Group {
  readonly name: LocalName
  readonly extra: Extra
  readonly servers: readonly string[]
}

const GROUPS: readonly Group[] = LOCAL_NAMES.flatMap((name) =>
  EXTRAS.map((extra) => ({ name, extra, servers: extraNames(name, extra) }))
)

/** Kinds whose programs are there, or whose servers hold something. Their ports and passwords are recorded before anybody is told. */
export async function findExtras(
  memory: Memory,
  folders: readonly string[],
  log: (text: string) => void
): Promise<Extras> {
  const programs = new Map(EXTRAS.map((extra) => [extra, findPrograms(extra, folders)] as const))
  const isKept = ({ servers }: Group) => servers.some((each) => memory.record.servers[each]?.hasStarted)
  const isOffered = (extra: Extra) =>
    programs.get(extra) !== undefined || GROUPS.some((each) => each.extra === extra && isKept(each))
  const offered = GROUPS.filter(({ extra }) => isOffered(extra))
  await allot(
    memory,
    offered.flatMap(({ servers }) => servers)
  )
  const sleepers = new Map(
    offered.map((group) => [group, sleeper(() => raiseGroup(group, memory, programs.get(group.extra), log))])
  )
  const groupAt = (port: number) =>
    offered.find(({ servers }) => servers.some((each) => memory.record.servers[each]?.port === port))
  const wakeGroup = async (group: Group | undefined) => group && sleepers.get(group)?.wake()
  return {
    providers: extraProviders(memory.record, isOffered),
    wake: (port) => wakeGroup(groupAt(port)),
    rests: (name, extra) =>
      offered.some((each) => each.name === name && each.extra === extra && !isKept(each)),
    wakeKept: () => troublesOf(offered.filter(isKept).map(wakeGroup)),
    async stop() {
      await Promise.all([...sleepers.values()].map((each) => each.stop()))
    }
  }
}

async function troublesOf(wakes: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(wakes)
  return outcomes.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []))
}

/** A port that was never promised is exchanged while it is taken by another program. */
async function allot(memory: Memory, names: readonly string[]): Promise<void> {
  const changes: Record<string, Partial<ServerRecord>> = {}
  const taken = () =>
    [...Object.values(memory.record.servers), ...Object.values(changes)].map((each) => each?.port ?? 0)
  for (const name of names) {
    const before = memory.record.servers[name]
    if (before === undefined) refuseOrphan(memory, name)
    if (before?.hasStarted || (before !== undefined && (await isFree(before.port)))) continue
    changes[name] = { port: await chooseFreePort(taken()) }
  }
  memory.rememberAll(changes)
}

function refuseOrphan({ dataDir, place }: Memory, name: string): void {
  const data = join(place.folder, name)
  if (!existsSync(data)) return
  throw new LocalServerError(
    'other',
    `${data} holds data, but its port and password are missing in ${recordPath(dataDir)}: put that file back.`
  )
}

/** Starts at the first call; a start that failed is made again at the next. */
function sleeper(raise: () => Promise<readonly RunningServer[]>) {
  let rising: Promise<readonly RunningServer[]> | undefined
  let isOver = false
  return {
    async wake(): Promise<void> {
      if (isOver) throw new LocalServerError('other', 'The local servers are being stopped.')
      const mine = (rising ??= raise())
      mine.catch(() => {
        if (rising === mine) rising = undefined
      })
      await mine
    },
    async stop(): Promise<void> {
      isOver = true
      const running = await rising?.catch(() => [])
      await Promise.all((running ?? []).map((each) => each.stop()))
    }
  }
}

async function raiseGroup(
  group: Group,
  memory: Memory,
  programs: Programs | undefined,
  log: (text: string) => void
): Promise<readonly RunningServer[]> {
  if (programs === undefined) throw missing(group)
  const outcomes = await Promise.allSettled(
    group.servers.map((name) => {
      const record = memory.record.servers[name] as ServerRecord
      const remember = (change: Partial<ServerRecord>) => memory.remember(name, change)
      return raiseServer(serverOf(name, group.extra, memory, programs), {
        record,
        log,
        remember,
        isPortTold: true
      })
    })
  )
  const running = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failure = outcomes.find((each) => each.status === 'rejected')
  if (failure === undefined) return running
  await Promise.all(running.map((each) => each.stop()))
  throw explainError(failure.reason, { server: group.servers.join(' and '), folder: memory.place.folder })
}

function missing({ name, extra }: Group): LocalServerError {
  const { title, programs } = NEEDED[extra]
  return new LocalServerError(
    'missing-binary',
    `The ${title} of ${name} cannot run, because ${programs.join(' or ')} is missing on this machine: ${remedyFor(extra)}.`
  )
}

function serverOf(
  name: string,
  extra: Extra,
  { place, dataDir, record }: Memory,
  programs: Programs
): Server {
  return {
    name,
    data: join(place.folder, name),
    port: record.servers[name]?.port ?? 0,
    logFile: join(place.folder, `${name}.log`),
    recordFile: recordPath(dataDir),
    software: extra === 'mysql' ? mariadb(programs) : redis(programs),
    user: place.user
  }
}
