import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import type { Account } from '../domain/account.ts'
import { type Config, ConfigError, type Key } from './config.ts'
import { refuseIfOpen } from './environment.ts'
import { disk } from './files.ts'
import { newKey, parseKeys, writeKey } from './keys.ts'

export interface Generated {
  /** Login of the platform `default`. */
  readonly platform: Account
  readonly operator: Account
  readonly keys: readonly Key[]
}

/** Where in `dataDir` the generated secrets lie. */
const GENERATED_FILES = { platform: 'login.json', operator: 'operator.json', keys: 'keys' } as const

/**
 * Secrets that are made once and found again: each file of mode 0600 is read when it is there, else made. Two processes that
 * start at once end with the same ones. Throws a ConfigError for a file that others may read or that is damaged.
 */
export function firstStart(dataDir: string): Generated {
  return {
    platform: generatedLogin(dataDir, 'platform', 'portolan'),
    operator: generatedLogin(dataDir, 'operator', 'operator'),
    keys: generatedKeys(dataDir)
  }
}

/** The settings without gaps; makes only what is missing. */
export function completed(config: Config): Config {
  const { dataDir } = config
  return {
    ...config,
    platforms: config.platforms.map((platform) =>
      platform.logins.length > 0
        ? platform
        : { ...platform, logins: [generatedLogin(dataDir, 'platform', 'portolan')] }
    ),
    operators:
      config.operators.length > 0 ? config.operators : [generatedLogin(dataDir, 'operator', 'operator')],
    keys: keysFor(config)
  }
}

/** Those of the settings, else the generated ones. Throws a ConfigError rather than making new keys for a store that has lost its own. */
export function keysFor({ keys, dataDir, database }: Config): readonly Key[] {
  if (keys.length > 0) return keys
  const path = join(dataDir, GENERATED_FILES.keys)
  const isLost = database.kind === 'sqlite' && isDatabase(database.path) && disk.read(path) === undefined
  if (isLost)
    throw new ConfigError([
      `${path}: missing, but ${database.path} is sealed with its keys: put back the file from the backup, or set PORTOLAN_KEYS`
    ])
  return generatedKeys(dataDir)
}

/** sqlite.org/fileformat.html §1.3.1; another file is refused where it is opened. */
function isDatabase(path: string): boolean {
  const magic = Buffer.from('SQLite format 3\0')
  if (!existsSync(path)) return false
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(magic.length)
    readSync(file, head)
    return head.equals(magic)
  } finally {
    closeSync(file)
  }
}

/** What was made before, without making anything: the operator's login and the keys. Throws a ConfigError as `firstStart` does. */
export function generatedBefore(dataDir: string): Partial<Pick<Generated, 'operator' | 'keys'>> {
  const isThere = (kind: keyof typeof GENERATED_FILES) =>
    disk.read(join(dataDir, GENERATED_FILES[kind])) !== undefined
  return {
    ...(isThere('operator') ? { operator: generatedLogin(dataDir, 'operator', 'operator') } : {}),
    ...(isThere('keys') ? { keys: generatedKeys(dataDir) } : {})
  }
}

function generatedLogin(dataDir: string, kind: 'platform' | 'operator', username: string): Account {
  const path = join(dataDir, GENERATED_FILES[kind])
  const password = randomBytes(24).toString('base64url')
  const text = keepFirst(dataDir, path, `${JSON.stringify({ username, password }, null, 2)}\n`)
  const login = parseLogin(text)
  if (login === undefined)
    throw new ConfigError([`${path}: damaged; remove it and a new login is made at the next start`])
  return login
}

function parseLogin(text: string): Account | undefined {
  try {
    const { username, password } = JSON.parse(text)
    return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined
  } catch {
    return undefined
  }
}

function generatedKeys(dataDir: string): readonly Key[] {
  const path = join(dataDir, GENERATED_FILES.keys)
  const problems: string[] = []
  const text = keepFirst(dataDir, path, `${writeKey(newKey('k1'))}\n`)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const keys = parseKeys(path, lines, (problem) => problems.push(problem))
  if (keys.length === 0) problems.push(`${path}: holds no key; without it what is stored cannot be read`)
  if (problems.length > 0) throw new ConfigError(problems)
  return keys
}

/** The content of `path`; made whole with `text` if nobody was faster. */
function keepFirst(dataDir: string, path: string, text: string): string {
  const problems: string[] = []
  refuseIfOpen('PORTOLAN_DATA', path, disk, (problem) => problems.push(problem))
  if (problems.length > 0) throw new ConfigError(problems)
  return disk.read(path) ?? make(dataDir, path, text)
}

function make(dataDir: string, path: string, text: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
}
