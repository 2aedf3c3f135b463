import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type ExtraProvider, extraProviders } from './extra-settings.ts'
import { EXTRAS, type Extra, findPrograms, isAsked, isDemanded } from './found-programs.ts'
import { GROUPS, type Group, isKept } from './groups.ts'
import type { LocalLog } from './local-log.ts'
import { LocalServerError } from './local-server-error.ts'
import type { Memory } from './memory.ts'
import { chooseFreePort, isFree } from './ports.ts'
import { missing, raiseGroup } from './raise-group.ts'
import { recordPath, type ServerRecord } from './record.ts'
import type { RunningServer } from './run-server.ts'

/** The servers beside PostgreSQL: a group of them starts at the first use of any of its servers. */
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

/** What is looked for. */
export interface Wanted {
  /** Where programs may be. */
  readonly folders: readonly string[]
  /** Only for who asks for it. */
  readonly objectStorage: boolean
}

/** Kinds whose programs are there, or whose servers hold something. Their ports and passwords are recorded before anybody is told. */
export async function findExtras(memory: Memory, wanted: Wanted, log: LocalLog): Promise<Extras> {
  const { folders, objectStorage } = wanted
  const programs = new Map(EXTRAS.map((extra) => [extra, findPrograms(extra, folders)] as const))
  const keeps = (group: Group) => isKept(group, memory.record)
  const isOffered = (extra: Extra) =>
    isAsked(extra, objectStorage) &&
    (programs.get(extra) !== undefined || GROUPS.some((each) => each.extra === extra && keeps(each)))
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
      offered.some((each) => each.names.some((own) => own === name) && each.extra === extra && !keeps(each)),
    async wakeKept() {
      const missed = GROUPS.filter(({ extra }) => isDemanded(extra, objectStorage) && !isOffered(extra))
      const woken = await troublesOf(offered.filter(keeps).map(wakeGroup))
      return [...missed.map((each) => missing(each).message), ...woken]
    },
    async stop() {
      await Promise.all([...sleepers.values()].map((each) => each.stop()))
    }
  }
}

async function troublesOf(wakes: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(wakes)
  return outcomes.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []))
}

/** A port that was never promised, nor written into data, is exchanged while it is taken by another program. */
async function allot(memory: Memory, names: readonly string[]): Promise<void> {
  const changes: Record<string, Partial<ServerRecord>> = {}
  const taken = () =>
    [...Object.values(memory.record.servers), ...Object.values(changes)].map((each) => each?.port ?? 0)
  for (const name of names) {
    const before = memory.record.servers[name]
    if (before === undefined) refuseOrphan(memory, name)
    const isSettled = before?.hasStarted || existsSync(join(memory.place.folder, name))
    if (isSettled || (before !== undefined && (await isFree(before.port)))) continue
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
