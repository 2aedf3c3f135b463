import { LocalServerError, type LocalServerKind } from './local-server-error.ts'

/** What the sentence is about: the server's name as the user knows it, and where to look. */
export interface Scene {
  readonly server: string
  /** Default PostgreSQL. */
  readonly software?: string
  readonly folder: string
  readonly port?: number
  readonly logFile?: string
  /** The file that names the port. */
  readonly recordFile?: string
}

const SIGNS: ReadonlyArray<readonly [RegExp, LocalServerKind]> = [
  [/Address already in use/, 'port-taken'],
  [/No space left on device|Disk quota exceeded/, 'disk-full'],
  [/Permission denied|Operation not permitted|has wrong ownership|Read-only file system/, 'permission'],
  [/No such file or directory.*bin\/|error while loading shared libraries|not found by/, 'missing-binary']
]

const CODES: Readonly<Record<string, LocalServerKind>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'permission',
  EPERM: 'permission',
  EROFS: 'permission'
}

/** What a server or its maker wrote before it gave up, as one sentence. */
export function explainOutput(output: string, scene: Scene): LocalServerError {
  const kind = SIGNS.find(([sign]) => sign.test(output))?.[1] ?? 'other'
  return new LocalServerError(kind, sentence(kind, scene, lastComplaint(output)))
}

/** A failed system call of ours or of `spawn`, as one sentence. An error that is already one passes. */
export function explainError(error: unknown, scene: Scene): LocalServerError {
  if (error instanceof LocalServerError) return error
  const kind = CODES[codeOf(error)] ?? 'other'
  const told = error instanceof Error ? error.message : String(error)
  return new LocalServerError(kind, sentence(kind, scene, told), { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function sentence(kind: LocalServerKind, scene: Scene, told: string): string {
  const { software = 'PostgreSQL' } = scene
  const server = `the local server${scene.server.includes(' and ') ? 's' : ''} ${scene.server}`
  switch (kind) {
    case 'port-taken':
      return `Port ${scene.port} of ${server} is taken by another program: ${portRemedy(scene)}.`
    case 'disk-full':
      return `The disk is full: ${server} could not write below ${scene.folder}.`
    case 'permission':
      return `A permission is missing for ${server} below ${scene.folder}: ${told}.`
    case 'missing-binary':
      return `The ${software} program of ${server} does not run on this machine: ${told}.`
    case 'other':
      return `The ${software} of ${server} could not start: ${told}${where(scene)}.`
  }
}

/** Bindings carry the port, so giving it back is the better way. */
function portRemedy({ recordFile }: Scene): string {
  const elsewhere =
    recordFile === undefined
      ? ''
      : `, or name another port in ${recordFile} (bindings made so far carry the old one)`
  return `stop that program${elsewhere}`
}

function where(scene: Scene): string {
  return scene.logFile === undefined ? '' : ` (log: ${scene.logFile})`
}

/** The last line that names a cause, without time, pid and level. */
function lastComplaint(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.endsWith('] Aborting'))
  const complaint =
    lines.findLast((line) => /FATAL|PANIC|ERROR|error:/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  return complaint
    .replace(/^.*?(?:FATAL|PANIC|ERROR|error)[:\]]\s*/, '')
    .replace(/\.$/, '')
    .trim()
}
