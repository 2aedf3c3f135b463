import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import type { Hold, MoveFigures, Moving } from '../../../contract/move.ts'
import type { Call, MoveCall, PostgresqlSession } from '../../../contract/ports.ts'
import { quoteName } from '../../../contract/sql.ts'
import { maintenance } from '../names.ts'
import { retried } from '../sql-state.ts'
import { analyzeViews } from './analyze-views.ts'
import { standingLogins } from './begin.ts'
import { endLanes, type OpenLanes, openLane, workInLanes } from './copy-lanes.ts'
import { copyExtensionComments } from './extension-comments.ts'
import { Indexes } from './indexes.ts'
import { commentLargeObjects, copyLargeObjects, largeObjects } from './large-objects.ts'
import { copyPolicies } from './policies.ts'
import { makeProgress, type Progress } from './progress.ts'
import { restorable } from './restorable.ts'
import { copyDefaultRights, copyRights } from './rights.ts'
import { copyRows } from './rows.ts'
import { copySequences } from './sequences.ts'
import { copySettings } from './settings.ts'
import { type SourceTable, sourceTables } from './source-tables.ts'
import { type Side, stepLogin } from './step-login.ts'
import { asGroup, pinSession, underSnapshot } from './step-session.ts'
import { dumpStructure, type Entry, type Structure } from './structure.ts'
import { targetRoles } from './target-roles.ts'
import { type Lane, makeTasks, type Tasks } from './tasks.ts'
import { type ClientTools, chooseTools } from './tools.ts'

/** Sessions on each side that work at the same time. */
const LANES = 3

/** What is read of the source, and how. */
interface Copy {
  readonly moving: Moving<PostgresqlAccess>
  readonly snapshot: string
  readonly call: MoveCall
  readonly lanes: OpenLanes
}

/**
 * Structure by the database's own tools, rows from server to server: nothing of a table's size comes to our disk. Everything is read and
 * made by the throwaway logins; root only writes what is the database owner's alone, from outside. One failure ends it all.
 */
export async function copy(
  moving: Moving<PostgresqlAccess>,
  hold: Hold,
  call: MoveCall
): Promise<MoveFigures> {
  const tools = await toolsFor(moving, call)
  await joinLogins(moving, call)
  const lanes: OpenLanes = { ends: [], sessions: [] }
  const run = { moving, snapshot: hold.snapshot, call, lanes }
  try {
    return await call.workspace((workspace) =>
      underSnapshot(moving, hold.snapshot, call, (source) =>
        asGroup(moving, call, async (target) => {
          const structure = await dumpStructure(moving, hold.snapshot, workspace, tools)
          return copyThrough(run, { source, target }, structure)
        })
      )
    )
  } finally {
    // The programs have ended with their folder. What a session still does after a failure, root ends.
    await endLanes(moving, lanes, call)
  }
}

async function copyThrough(run: Copy, lane: Lane, structure: Structure): Promise<MoveFigures> {
  const { moving, call } = run
  const { source, target } = lane
  const roles = targetRoles(moving)
  const possible = await restorable(source)
  await dropPublicSchema(lane)
  await structure.restore('pre-data', possible(await structure.entries('pre-data')))
  await giveToGroup(target, roles.group)
  const rest = possible(await structure.entries('post-data'))
  const { progress, taken } = await copyContents(run, lane, structure, rest)
  await giveToGroup(target, roles.group)
  // Before the rest, which comments on them.
  await copyPolicies(source, target, roles)
  progress.at('constraints, triggers and rules')
  await structure.restore(
    'post-data',
    rest.filter((entry) => !taken.has(entry)),
    LANES
  )
  progress.at('rights')
  await giveToGroup(target, roles.group)
  await analyzeViews(target)
  await copyExtensionComments(source, target)
  await commentLargeObjects(source, target)
  await copySettings(moving, target, roles, call)
  await copyRights(source, target, roles)
  await copyDefaultRights(source, target, roles)
  return progress.figures()
}

/** Rows, large objects, sequences, and indexes as soon as their rows are there. */
async function copyContents(run: Copy, lane: Lane, structure: Structure, entries: readonly Entry[]) {
  const { moving, snapshot, call, lanes } = run
  const tables = await sourceTables(lane.source)
  const objects = await largeObjects(lane.source)
  const progress = makeProgress(moving, {
    bytes: sum([...tables, ...objects].map(({ bytes }) => bytes)),
    objects: tables.length + objects.length + sum(tables.map(({ indexes }) => indexes.length))
  })
  const tasks = makeTasks(({ target }) => pinSession(target, moving.to.access.database))
  const indexes = new Indexes(entries, { structure, tasks, progress, note: (text) => call.note(text) })
  addTables(tables, tasks, indexes, progress)
  tasks.add(
    {
      weight: sum(objects.map(({ bytes }) => bytes)),
      run: (each) => copyLargeObjects(objects, each, progress)
    },
    { weight: 0, run: copySequences }
  )
  const open = () => openLane(moving, snapshot, call, lanes, (each) => tasks.work(each))
  await workInLanes(tasks, lane, LANES, open)
  return { progress, taken: indexes.taken }
}

function addTables(tables: readonly SourceTable[], tasks: Tasks, indexes: Indexes, progress: Progress): void {
  let left = tables.length
  const whenCopied = (table: SourceTable) => {
    indexes.ready(table)
    left -= 1
    if (left === 0) indexes.flush()
  }
  for (const table of tables) {
    tasks.add({
      weight: table.bytes + indexes.weightOf(table),
      run: (lane) => copyRows(table, lane, progress).then(() => whenCopied(table))
    })
  }
}

/** A tenant's code that a restore runs may leave the group's role; what is made from there on is the throwaway login's. */
async function giveToGroup(target: PostgresqlSession, group: string): Promise<void> {
  await pinSession(target)
  await target.query(`REASSIGN OWNED BY CURRENT_USER TO ${quoteName(group)}`)
  await pinSession(target, group)
}

/** Every database begins with one; a tenant may have dropped it. */
async function dropPublicSchema({ source, target }: Lane): Promise<void> {
  const found = await source.query(`SELECT FROM pg_namespace WHERE nspname = 'public'`)
  if (found.length === 0) await target.query('DROP SCHEMA public')
}

async function toolsFor(moving: Moving<PostgresqlAccess>, call: MoveCall): Promise<ClientTools> {
  const [from, to] = await Promise.all([versionOf(moving, 'from', call), versionOf(moving, 'to', call)])
  const tools = await chooseTools(call, from, to)
  if ('missing' in tools) throw new ProviderFailure('invalid', tools.missing)
  return tools
}

async function versionOf(moving: Moving<PostgresqlAccess>, side: Side, call: Call): Promise<number> {
  const rows = await fromOutside(moving, side, call, (session) =>
    session.query(`SELECT current_setting('server_version_num')::int4 AS version`)
  )
  return Number(rows[0]?.['version'])
}

/** Those that were not there yet when the throwaway login was made. */
async function joinLogins(moving: Moving<PostgresqlAccess>, call: Call): Promise<void> {
  const step = quoteName(stepLogin(moving, 'to').name)
  await fromOutside(moving, 'to', call, async (session) => {
    for (const { to } of await standingLogins(moving, 'to', session)) {
      await retried(session, () => session.query(`GRANT ${quoteName(to.name)} TO ${step}`))
    }
  })
}

function fromOutside<T>(
  moving: Moving<PostgresqlAccess>,
  side: Side,
  call: Call,
  use: (session: PostgresqlSession) => Promise<T>
): Promise<T> {
  const { access } = moving[side]
  return call.postgresql(access, use, maintenance(access))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
