import { explainError } from './explain.ts'
import { type Extra, NEEDED, type Programs, remedyFor } from './found-programs.ts'
import type { Group } from './groups.ts'
import type { LocalLog } from './local-log.ts'
import { LocalServerError } from './local-server-error.ts'
import { mariadb } from './mariadb.ts'
import type { Memory } from './memory.ts'
import { raiseExtra } from './raise-extra.ts'
import { raiseStore } from './raise-store.ts'
import { redis } from './redis.ts'
import type { RunningServer } from './run-server.ts'

/** All servers of the group or none. */
export async function raiseGroup(
  group: Group,
  memory: Memory,
  programs: Programs | undefined,
  log: LocalLog
): Promise<readonly RunningServer[]> {
  if (programs === undefined) throw missing(group)
  const { extra, servers } = group
  try {
    if (extra === 'object-storage') return [await raiseStore(memory, programs, log)]
    return await raiseEach(extra, servers, memory, programs, log)
  } catch (error) {
    throw explainError(error, { server: servers.join(' and '), folder: memory.place.folder })
  }
}

async function raiseEach(
  extra: Exclude<Extra, 'object-storage'>,
  servers: readonly string[],
  memory: Memory,
  programs: Programs,
  log: LocalLog
): Promise<readonly RunningServer[]> {
  const software = extra === 'mysql' ? mariadb(programs) : redis(programs)
  const outcomes = await Promise.allSettled(servers.map((name) => raiseExtra(name, software, memory, log)))
  const running = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const failure = outcomes.find((each) => each.status === 'rejected')
  if (failure === undefined) return running
  await Promise.all(running.map((each) => each.stop()))
  throw failure.reason
}

export function missing({ names, extra }: Group): LocalServerError {
  const { title, programs } = NEEDED[extra]
  const [whose, which] = [names.join(' and '), programs.join(' or ')]
  return new LocalServerError(
    'missing-binary',
    `The ${title} of ${whose} cannot run, because ${which} is missing on this machine: ${remedyFor(extra)}.`
  )
}
