import type { Mark } from '../../src/contract/adapter.ts'
import { isSameMark, markText, readMark } from '../../src/contract/mark.ts'
import type { RedisSession } from '../../src/contract/ports.ts'
import {
  fieldOf,
  isForBindings,
  pressed,
  redisCodeOf,
  saveUsers,
  saysUnknown
} from '../../src/contract/redis.ts'
import type { ServerSettings } from './settings.ts'

/**
 * A mark is a user of the access list that is off, has no password and no right, and whose key pattern tells whose the instance is:
 * no tenant can reach it, and it survives a restart in the aclfile. On a shared server it has the instance's name.
 */
const HOLDER = 'portolan-holder'

const PATTERN = /^~portolan:(p[a-z2-7]{20}):(\S+)$/

/** The names that the core gives to logins. */
const LOGIN = /^b[a-z2-7]{20}$/

/** What stands on a server under one of our names. */
export interface Entry {
  readonly name: string
  readonly mark: Mark
}

function holderOf(server: ServerSettings, name: string): string {
  return server.shared ? name : HOLDER
}

/**
 * Who has asked to hold the name, or a server of its own, in order: only the first does. ACL SETUSER appends, so two that ask at one
 * moment see the same order.
 */
export async function entriesOf(
  session: RedisSession,
  server: ServerSettings,
  name: string
): Promise<readonly Entry[]> {
  const user = await pressed(session, 'ACL', 'GETUSER', holderOf(server, name))
  return entriesIn([fieldOf(user, 'keys')].flat().join(' ').split(' '))
}

function entriesIn(words: readonly string[]): readonly Entry[] {
  return words.flatMap((word) => {
    const [, name, encoded] = PATTERN.exec(word) ?? []
    const mark = encoded === undefined ? undefined : readMark(decoded(encoded))
    return name === undefined || mark === undefined ? [] : [{ name, mark }]
  })
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Every first entry of a server, and how many others wait behind it is nobody's affair. */
export async function holdersOf(session: RedisSession, server: ServerSettings): Promise<readonly Entry[]> {
  const lines = await pressed(session, 'ACL', 'LIST')
  return (Array.isArray(lines) ? lines : []).flatMap((line) => {
    const words = String(line).split(' ')
    const [first] = entriesIn(words)
    const isHolder = first !== undefined && words[1] === holderOf(server, first.name)
    return isHolder ? [first] : []
  })
}

/** Asks to hold it; a second time changes nothing. Whether it does is told by `entriesOf`. */
export async function askFor(
  session: RedisSession,
  server: ServerSettings,
  { name, mark }: Entry
): Promise<void> {
  const pattern = `~portolan:${name}:${encodeURIComponent(markText(mark))}`
  await pressed(session, 'ACL', 'SETUSER', holderOf(server, name), 'off', pattern)
  await saveUsers(session)
}

/** Only by who holds it. The others that ask are gone with it; they went elsewhere when they saw that they came too late. */
export async function letGo(session: RedisSession, server: ServerSettings, name: string): Promise<void> {
  await pressed(session, 'ACL', 'DELUSER', holderOf(server, name))
  await saveUsers(session)
}

export function isSameEntry(one: Entry | undefined, { name, mark }: Entry): boolean {
  return one?.name === name && isSameMark(one.mark, mark)
}

/** No user of a binding may be left when the next tenant comes. */
export async function removeLogins(session: RedisSession): Promise<void> {
  const users = await pressed(session, 'ACL', 'USERS')
  const logins = (Array.isArray(users) ? users.map(String) : []).filter((name) => LOGIN.test(name))
  if (logins.length > 0) await pressed(session, 'ACL', 'DELUSER', ...logins)
}

/** Bindings may have been Redis' own user. It is as the README says it has to be, afterwards. */
export async function closeDefault(session: RedisSession): Promise<void> {
  if (!isForBindings(await pressed(session, 'ACL', 'GETUSER', 'default'))) return
  await pressed(session, 'ACL', 'SETUSER', 'default', 'reset')
  await pressed(session, 'CLIENT', 'KILL', 'USER', 'default')
}

/** Data, functions and scripts; and the file that would tell them to the next start. */
export async function empty(session: RedisSession): Promise<void> {
  await pressed(session, 'FLUSHALL', 'ASYNC')
  await pressed(session, 'FUNCTION', 'FLUSH')
  await pressed(session, 'SCRIPT', 'FLUSH')
  const info = String(await pressed(session, 'INFO', 'persistence'))
  if (!/^aof_enabled:1/m.test(info)) return
  await pressed(session, 'BGREWRITEAOF').catch((error: unknown) => {
    // One is under way, or waits for a snapshot: it writes what is there now, nothing.
    if (redisCodeOf(error) !== 'ERR') throw error
  })
}

export async function isEmpty(session: RedisSession): Promise<boolean> {
  const info = String(await pressed(session, 'INFO', 'keyspace'))
  return !/^db\d+:/m.test(info)
}

export async function usedBytes(session: RedisSession): Promise<number> {
  const info = String(await pressed(session, 'INFO', 'memory'))
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0)
}

/** `false` where the operator took the command away: then the memory is what the operator set. */
export async function limitMemory(session: RedisSession, megabytes: number): Promise<boolean> {
  try {
    await pressed(session, 'CONFIG', 'SET', 'maxmemory', `${megabytes}mb`)
    return true
  } catch (error) {
    if (saysUnknown(error)) return false
    throw error
  }
}

/** One setting of the server; `undefined` where it cannot be asked for. */
export async function configOf(session: RedisSession, name: string): Promise<string | undefined> {
  try {
    const value = fieldOf(await pressed(session, 'CONFIG', 'GET', name), name)
    return typeof value === 'string' ? value : undefined
  } catch (error) {
    const code = redisCodeOf(error)
    if (code === 'NOPERM' || code === 'ERR') return undefined
    throw error
  }
}
