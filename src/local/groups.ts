import { extraNames, STORE_SERVERS } from './extra-settings.ts'
import type { Extra } from './found-programs.ts'
import { LOCAL_NAMES, type LocalName, type LocalRecord } from './record.ts'

/** Servers that start together, at the first use of any of them. */
export interface Group {
  readonly extra: Extra
  /** Whose they are. */
  readonly names: readonly LocalName[]
  readonly servers: readonly string[]
}

const OF_ONE = ['mysql', 'redis'] as const

export const GROUPS: readonly Group[] = [
  ...LOCAL_NAMES.flatMap((name) =>
    OF_ONE.map((extra) => ({ extra, names: [name], servers: extraNames(name, extra) }))
  ),
  { extra: 'object-storage', names: LOCAL_NAMES, servers: Object.values(STORE_SERVERS) }
]

/** Whether it has ever been started: then something may be in it. */
export function isKept({ servers }: Group, record: LocalRecord): boolean {
  return servers.some((each) => record.servers[each]?.hasStarted)
}
