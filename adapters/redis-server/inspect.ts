import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call, RedisSession } from '../../src/contract/ports.ts'
import { fieldOf, pressed, redisCodeOf, versionOf } from '../../src/contract/redis.ts'
import { configOf, holdersOf, isEmpty } from './client.ts'
import { accessTo } from './server-access.ts'
import type { ServerSettings } from './settings.ts'

type Look = (session: RedisSession, server: ServerSettings) => Promise<readonly Line[]>
type Line = Omit<Finding, 'subject'>

const LOOKS: readonly Look[] = [version, commands, aclFile, defaultUser, memory, dumps, persistence, holders]

/** Whatever would let a binding be lost, or somebody in. */
export async function inspect(servers: readonly ServerSettings[], call: Call): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const server of servers) {
    const subject = `server ${server.name}`
    for (const line of await inspectServer(server, call)) findings.push({ subject, ...line })
  }
  return findings
}

async function inspectServer(server: ServerSettings, call: Call): Promise<readonly Line[]> {
  try {
    return await call.redis(accessTo(server), async (session) => {
      const lines: Line[] = []
      for (const look of LOOKS) lines.push(...(await look(session, server)))
      return lines
    })
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return [{ level: 'refused', text: error.message }]
  }
}

async function version(session: RedisSession): Promise<readonly Line[]> {
  const { product, version: number, major } = await versionOf(session)
  const text = `${product} ${number}`
  if (major >= 7) return [{ level: 'ok', text }]
  return [
    { level: 'refused', text: `${text} is too old: users per binding need 7.`, remedy: 'Upgrade the server.' }
  ]
}

/** Every command that the broker needs, as its own rights and the server have it. DRYRUN does nothing. */
const NEEDED: readonly (readonly string[])[] = [
  ['ACL', 'SETUSER', 'x'],
  ['ACL', 'DELUSER', 'x'],
  ['ACL', 'SAVE'],
  ['CLIENT', 'KILL', 'USER', 'x'],
  ['SCRIPT', 'KILL'],
  ['FUNCTION', 'KILL'],
  ['SCAN', '0'],
  ['UNLINK', 'x']
]

/** Its keys may have names that are too long to be read. */
const NEEDED_AMONG_NEIGHBOURS: readonly (readonly string[])[] = [['EVAL', 'return 0', '0']]

const NEEDED_ALONE: readonly (readonly string[])[] = [
  ['CONFIG', 'SET', 'maxmemory', '0'],
  ['FLUSHALL'],
  ['SCRIPT', 'FLUSH'],
  ['FUNCTION', 'FLUSH'],
  ['BGREWRITEAOF']
]

async function commands(session: RedisSession, server: ServerSettings): Promise<readonly Line[]> {
  const wanted = [...NEEDED, ...(server.shared ? NEEDED_AMONG_NEIGHBOURS : NEEDED_ALONE)]
  const missing: string[] = []
  for (const words of wanted) {
    if (!(await mayRun(session, server.user, words))) missing.push(words.slice(0, 2).join(' '))
  }
  if (missing.length === 0) return []
  const text = `The broker may not run, or the server does not have: ${missing.join(', ')}.`
  const remedy = "Give the broker's user the rights that the README lists, and rename no command of them."
  return [{ level: 'refused', text, remedy }]
}

async function mayRun(session: RedisSession, user: string, words: readonly string[]): Promise<boolean> {
  try {
    return (await pressed(session, 'ACL', 'DRYRUN', user, ...words)) === 'OK'
  } catch (error) {
    // A command that was renamed is unknown.
    if (redisCodeOf(error) === 'ERR') return false
    throw error
  }
}

async function aclFile(session: RedisSession): Promise<readonly Line[]> {
  const file = await configOf(session, 'aclfile')
  if (file !== undefined && file !== '') return [{ level: 'ok', text: 'Users are kept in an aclfile.' }]
  const text = 'The server has no aclfile: a restart forgets every binding, and which instance it holds.'
  const remedy = 'In redis.conf: aclfile /etc/redis/users.acl; with the users there instead; then restart.'
  return [{ level: 'refused', text, remedy }]
}

async function defaultUser(session: RedisSession, server: ServerSettings): Promise<readonly Line[]> {
  const flags = [fieldOf(await pressed(session, 'ACL', 'GETUSER', 'default'), 'flags')].flat()
  const isOpen = flags.includes('on') && flags.includes('nopass')
  if (isOpen) {
    const protectedMode = await configOf(session, 'protected-mode')
    const more = protectedMode === 'no' ? ' The protected mode is off too.' : ''
    const text = `Everybody may do everything as the user default, without a password.${more}`
    return [{ level: 'refused', text, remedy: 'In the aclfile: user default off resetchannels -@all' }]
  }
  if (server.user !== 'default') return []
  const text = 'The broker is the user default, so no binding can be.'
  return [{ level: 'warning', text, remedy: 'Give the broker the user portolan of the README.' }]
}

async function memory(session: RedisSession, server: ServerSettings): Promise<readonly Line[]> {
  const lines: Line[] = []
  const policy = await configOf(session, 'maxmemory-policy')
  if (policy !== undefined && policy !== 'noeviction') {
    const text = `maxmemory-policy is ${policy}: the server drops keys by itself when its memory is full.`
    const remedy = 'In redis.conf: maxmemory-policy noeviction'
    // Among neighbours it is the keys of those who did not fill it.
    lines.push({ level: server.shared ? 'refused' : 'warning', text, remedy })
  }
  if ((await configOf(session, 'maxmemory')) === '0') {
    const text = 'maxmemory has no limit: a tenant can take all memory of the machine.'
    lines.push({ level: 'warning', text, remedy: 'In redis.conf: maxmemory 1gb, or what the machine has.' })
  }
  return lines
}

/** Who has a server to itself may RESTORE, and Redis takes what is restored as it comes unless it is told to look. */
async function dumps(session: RedisSession, server: ServerSettings): Promise<readonly Line[]> {
  if (server.shared || (await configOf(session, 'sanitize-dump-payload')) !== 'no') return []
  const text = 'A tenant can end the server by RESTORE of what only looks like data.'
  return [{ level: 'refused', text, remedy: 'In redis.conf: sanitize-dump-payload clients' }]
}

async function persistence(session: RedisSession): Promise<readonly Line[]> {
  const [save, appendOnly] = [await configOf(session, 'save'), await configOf(session, 'appendonly')]
  if (save === undefined || appendOnly === undefined) return []
  if (appendOnly === 'yes') return [{ level: 'ok', text: 'Data is kept in an append-only file.' }]
  const text =
    save === ''
      ? 'Data is kept nowhere: a restart loses all of it.'
      : 'Data is kept in snapshots: a crash loses what came after the last one.'
  return [{ level: 'warning', text, remedy: 'In redis.conf: appendonly yes, unless the plans say cache.' }]
}

async function holders(session: RedisSession, server: ServerSettings): Promise<readonly Line[]> {
  const found = await holdersOf(session, server)
  if (server.shared) return [{ level: 'ok', text: `It is shared by ${found.length} instances.` }]
  const [holder] = found
  if (holder !== undefined) return [{ level: 'ok', text: `It holds the instance ${holder.name}.` }]
  if (await isEmpty(session)) return [{ level: 'ok', text: 'It is free.' }]
  const text = 'It holds data, but no instance: it is given to nobody.'
  return [{ level: 'warning', text, remedy: 'Look whose data it is; when it is nobody’s: FLUSHALL' }]
}
