import type { JsonObject } from '../../../contract/json.ts'
import { readMark } from '../../../contract/mark.ts'
import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { type Grant, grantsText, withoutConnect } from './grants.ts'
import { DATABASE, SETTINGS, USER_MAPPINGS } from './inventory/database.ts'
import type { Query } from './inventory/query.ts'
import { RELATIONS } from './inventory/relations.ts'
import {
  COMMENTS,
  DATABASE_GRANTS,
  DEFAULT_PRIVILEGES,
  GRANTS,
  LABELS,
  OWNERS,
  UNKNOWN
} from './inventory/rights.ts'
import { TYPES_AND_FUNCTIONS } from './inventory/types-and-functions.ts'
import type { Task } from './lanes.ts'
import { addLook, emptyReading, type Line, type Reading } from './reading.ts'
import type { RoleMap } from './role-map.ts'

interface Look {
  /** For people: `comments`. */
  readonly what: string
  readonly read: (session: PostgresqlSession, reading: Reading, roles: RoleMap) => Promise<void>
}

const LOOKS: readonly Look[] = [
  ...[...DATABASE, ...RELATIONS, ...TYPES_AND_FUNCTIONS].map((query) => definitionsOf(query)),
  { what: 'grants', read: readGrants },
  { what: 'default privileges', read: readDefaultPrivileges },
  { what: 'owners', read: readOwners },
  { what: 'user mappings', read: readUserMappings },
  { what: 'comments', read: (session, reading) => readTexts(session, COMMENTS, 'comment', reading) },
  {
    what: 'security labels',
    read: (session, reading) => readTexts(session, LABELS, 'security label', reading)
  },
  { what: 'unknown kinds of objects', read: readUnknown }
]

/** Everything but the rows: one task for each kind of thing. */
export function inventoryTasks(reading: Reading, roles: RoleMap, logins: readonly string[]): readonly Task[] {
  return [...LOOKS, definitionsOf(SETTINGS, [logins])].map(({ what, read }) => ({
    async run(session) {
      const found = emptyReading()
      await read(session, found, roles)
      addLook(reading, what, found)
    },
    refused(why) {
      reading.unread.set(what, why)
      return []
    }
  }))
}

function definitionsOf({ what, sql }: Query, values: readonly (readonly string[])[] = []): Look {
  return {
    what,
    async read(session, reading, roles) {
      const rows = await session.query(sql, values)
      for (const row of rows) reading.lines.push(definitionLine(row, roles))
    }
  }
}

function definitionLine(row: JsonObject, roles: RoleMap): Line {
  const kind = text(row, 'kind')
  const whose = row['of_role'] === true ? `of ${ofRole(row['role'], roles)} ` : ''
  return {
    kind,
    object: `${kind} ${whose}${text(row, 'name')}`.trimEnd(),
    text: withRoles(text(row, 'definition'), roles)
  }
}

/** An empty name is the database's own. */
function ofRole(name: unknown, roles: RoleMap): string {
  if (name === '') return 'the database'
  return roles.called(typeof name === 'string' ? name : null)
}

/** Roles stand under one key, where an empty name is PUBLIC. */
function withRoles(definition: string, roles: RoleMap): string {
  if (!definition.includes('"roles"')) return definition
  const parts = JSON.parse(definition) as { readonly roles?: readonly string[] }
  if (!Array.isArray(parts.roles)) return definition
  const called = parts.roles.map((name) => roles.called(name === '' ? null : name)).toSorted()
  return JSON.stringify({ ...parts, roles: called })
}

async function readGrants(session: PostgresqlSession, reading: Reading, roles: RoleMap): Promise<void> {
  for (const row of await session.query(GRANTS)) {
    const owner = text(row, 'owner')
    const given = grantsOf(row, 'acl')
    // What a server's maker lets others do with the server's own things is no tenant's.
    const told = row['is_system'] === true ? given.filter(([grantee]) => roles.isOurs(grantee)) : given
    if (row['is_system'] === true && told.length === 0) continue
    const rights = grantsText(told, owner, roles)
    if (rights === grantsText(grantsOf(row, 'usual'), owner, roles)) continue
    reading.lines.push({ kind: 'grant', object: `grant on ${text(row, 'name')}`, text: rights || 'nobody' })
  }
  const [row] = await session.query(DATABASE_GRANTS)
  if (row === undefined) return
  const rights = grantsText(withoutConnect(grantsOf(row, 'acl'), roles), text(row, 'owner'), roles)
  reading.lines.push({ kind: 'grant', object: 'grant on database', text: rights })
  reading.lines.push({ kind: 'owner', object: 'owner of database', text: roles.called(text(row, 'owner')) })
}

async function readDefaultPrivileges(
  session: PostgresqlSession,
  reading: Reading,
  roles: RoleMap
): Promise<void> {
  for (const row of await session.query(DEFAULT_PRIVILEGES)) {
    const role = text(row, 'role')
    const object = `default privileges of ${roles.called(role)} on ${text(row, 'name')}`
    reading.lines.push({
      kind: 'default privileges',
      object,
      text: grantsText(grantsOf(row, 'acl'), role, roles) || 'nobody'
    })
  }
}

async function readOwners(session: PostgresqlSession, reading: Reading, roles: RoleMap): Promise<void> {
  for (const row of await session.query(OWNERS)) {
    const owner = text(row, 'owner')
    const name = text(row, 'name')
    const told = roles.owning(owner)
    reading.lines.push({ kind: 'owner', object: `owner of ${name}`, text: told })
    if (told === roles.called(owner)) continue
    reading.notes.push(`mapped: ${name} belonged to a login, belongs to the group.`)
  }
}

/** As each role in turn: the throwaway login is a member of all that are ours. */
async function readUserMappings(session: PostgresqlSession, reading: Reading, roles: RoleMap): Promise<void> {
  const mappings = await session.query(USER_MAPPINGS)
  const users = new Set(mappings.map(({ role }) => role).filter((role) => typeof role === 'string'))
  const rows = mappings.filter(({ role }) => typeof role !== 'string')
  for (const user of users) {
    if (roles.isOurs(user)) await session.query(`SET LOCAL ROLE ${quoteName(user)}`)
    const seen = await session.query(USER_MAPPINGS)
    await session.query('SET LOCAL ROLE NONE')
    rows.push(...seen.filter(({ role }) => role === user))
  }
  for (const row of rows) {
    const user = roles.called(typeof row['role'] === 'string' ? row['role'] : null)
    const object = `user mapping of ${user} on server ${text(row, 'server')}`
    if (row['is_shown'] === true)
      reading.lines.push({ kind: 'user mapping', object, text: text(row, 'definition') })
    else reading.unread.set(object, 'its options are for nobody else to read')
  }
}

async function readTexts(
  session: PostgresqlSession,
  sql: string,
  kind: string,
  reading: Reading
): Promise<void> {
  for (const row of await session.query(sql)) {
    const told = text(row, 'text')
    // The broker's own mark, on a provider that has no other place for it.
    if (readMark(told) !== undefined) continue
    reading.lines.push({ kind, object: `${kind} on ${text(row, 'name')}`, text: told })
  }
}

async function readUnknown(session: PostgresqlSession, reading: Reading): Promise<void> {
  for (const row of await session.query(UNKNOWN)) {
    reading.unread.set(text(row, 'name'), 'it is of a kind that is not known here')
  }
}

function grantsOf(row: JsonObject, key: string): readonly Grant[] {
  return typeof row[key] === 'string' ? (JSON.parse(row[key]) as Grant[]) : []
}

function text(row: JsonObject, key: string): string {
  return String(row[key] ?? '')
}
