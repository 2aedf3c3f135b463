import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Servers of the machine's own programs that berlin and paris run beside PostgreSQL. */
export const EXTRAS = ['mysql', 'redis'] as const
export type Extra = (typeof EXTRAS)[number]

export function isExtra(service: string): service is Extra {
  return (EXTRAS as readonly string[]).includes(service)
}

/** The programs of one kind: their paths by their names. */
export type Programs = Readonly<Record<string, string>>

interface Needed {
  readonly title: string
  readonly programs: readonly string[]
  /** Debian's. */
  readonly package: string
}

export const NEEDED: Readonly<Record<Extra, Needed>> = {
  mysql: { title: 'MySQL', programs: ['mariadbd', 'mariadb-install-db'], package: 'mariadb-server' },
  redis: { title: 'Redis', programs: ['redis-server'], package: 'redis-server' }
}

/** What a kind needs, all of it, or `undefined`. The first folder that has a program counts. */
export function findPrograms(extra: Extra, folders: readonly string[]): Programs | undefined {
  const found = NEEDED[extra].programs.map((name) => [name, programIn(folders, name)] as const)
  return found.every(([, path]) => path !== undefined) ? (Object.fromEntries(found) as Programs) : undefined
}

/** How to have what is not there. */
export function remedyFor(extra: Extra): string {
  return `install the package ${NEEDED[extra].package} (Debian's name; apt-get install ${NEEDED[extra].package}) and start again`
}

function programIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
