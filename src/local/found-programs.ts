import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Servers of the machine's own programs that berlin and paris run beside PostgreSQL. */
export const EXTRAS = ['mysql', 'redis', 'object-storage'] as const
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
  readonly packages: readonly string[]
}

export const NEEDED: Readonly<Record<Extra, Needed>> = {
  mysql: { title: 'MySQL', programs: ['mariadbd', 'mariadb-install-db'], packages: ['mariadb-server'] },
  redis: { title: 'Redis', programs: ['redis-server'], packages: ['redis-server'] },
  'object-storage': {
    title: 'object storage',
    programs: ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'monmaptool', 'osdmaptool'],
    packages: ['radosgw', 'ceph-mon', 'ceph-osd']
  }
}

/** Only who asks for it gets object storage; the other kinds are there where their programs are. */
export function isAsked(extra: Extra, objectStorage: boolean): boolean {
  return extra !== 'object-storage' || objectStorage
}

/** Whether it is a mistake when its programs are missing. */
export function isDemanded(extra: Extra, objectStorage: boolean): boolean {
  return extra === 'object-storage' && objectStorage
}

/** What a kind needs, all of it, or `undefined`. The first folder that has a program counts. */
export function findPrograms(extra: Extra, folders: readonly string[]): Programs | undefined {
  const found = NEEDED[extra].programs.map((name) => [name, programIn(folders, name)] as const)
  return found.every(([, path]) => path !== undefined) ? (Object.fromEntries(found) as Programs) : undefined
}

/** How to have what is not there. */
export function remedyFor(extra: Extra, lacks = { programs: true, request: false }): string {
  const steps = [
    ...(lacks.request ? ['write local: { objectStorage: true } into portolan.yaml'] : []),
    ...(lacks.programs ? [installing(NEEDED[extra].packages)] : []),
    'start again'
  ]
  return listed(steps)
}

function installing(packages: readonly string[]): string {
  const [word, name] = packages.length === 1 ? ['package', 'name'] : ['packages', 'names']
  return `install the ${word} ${listed(packages)} (Debian's ${name}; apt-get install ${packages.join(' ')})`
}

function listed(texts: readonly string[]): string {
  return new Intl.ListFormat('en').format(texts)
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
