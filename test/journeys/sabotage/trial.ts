import { stepComment } from '../../../src/contract/mark.ts'
import { isObject } from '../../../src/contract/read.ts'
import { withClient } from '../../support/postgres-server.ts'
import { storeRows } from '../../support/store-rows.ts'
import { pause } from '../switch/instance.ts'
import { recordOf, type SwitchRecord } from '../switch/record.ts'
import type { Case } from './cases.ts'
import { DONE, give, outcomes } from './orders.ts'
import type { Source } from './source.ts'
import type { Place, Stage } from './stage.ts'

/** One line of the table. */
export interface Line {
  readonly thing: string
  readonly where: string
  readonly caught: boolean
  readonly namedAs: string
  readonly writable: boolean
  readonly seconds: number
  /** What is wrong: nothing, or the product was deceived. */
  readonly findings: readonly string[]
}

/** A whole switch with one sabotage, which must be refused, and leave everything as it was. */
export async function trial(stage: Stage, source: Source, one: Case): Promise<Line> {
  const begun = Date.now()
  const wired = watchWire(stage, one)
  give(stage.orders, source.database, one.orders ?? [])
  try {
    const answer = await source.switchTo(one.to)
    const record = await recordOf(stage.store, source.id)
    const caught = answer['state'] === 'failed' && answer['instance_usable'] === true
    const namedAs = await nameOf(stage, record, one, String(answer['description']))
    const writable = await isWritable(source, record)
    return {
      thing: one.thing,
      where: one.where,
      caught,
      namedAs: namedAs ?? 'not named',
      writable,
      seconds: (Date.now() - begun) / 1000,
      findings: [
        ...notDone(stage, source, one, wired()),
        ...(caught ? [] : [`it ${JSON.stringify(answer)}`]),
        ...(namedAs === undefined ? [`not named ${one.finds}: ${String(answer['description'])}`] : []),
        ...(writable ? [] : ['the source cannot be written to']),
        ...(caught ? await leftOf(stage, source, one, record) : [])
      ]
    }
  } finally {
    if (one.onTheWire !== undefined) stage.wire.tamper(undefined)
    give(stage.orders, source.database, [])
  }
}

function watchWire({ wire }: Stage, { onTheWire }: Case): () => number {
  let times = 0
  if (onTheWire !== undefined) wire.tamper(onTheWire(() => times++))
  return () => times
}

/** A sabotage that did not happen proves nothing. */
function notDone({ orders }: Stage, { database }: Source, one: Case, onTheWire: number): readonly string[] {
  const told = outcomes(orders, database)
  const expected = one.orders?.length ?? 0
  return [
    ...told.filter((each) => each !== DONE).map((each) => `the sabotage was refused: ${each}`),
    ...(told.length < expected ? [`only ${told.length} of ${expected} sabotages happened`] : []),
    ...(one.onTheWire && onTheWire === 0 ? ['nothing happened on the way'] : [])
  ]
}

/** In the description, else in the report of the switch, as anybody may read it. */
async function nameOf(
  { client }: Stage,
  { id }: SwitchRecord,
  { finds }: Case,
  description: string
): Promise<string | undefined> {
  if (finds instanceof RegExp) return finds.exec(description)?.[0]
  if (description.includes(`${finds} (`)) return finds
  const { body } = await client.send({ method: 'GET', path: `/api/switches/${id}` })
  const { verification } = body
  const differences = isObject(verification) ? verification['differences'] : []
  const objects = (Array.isArray(differences) ? differences : []).map(
    (each) => isObject(each) && each['object']
  )
  return objects.includes(finds) ? finds : undefined
}

/** By its binding, where it was. */
async function isWritable(source: Source, { from }: SwitchRecord): Promise<boolean> {
  const { database } = await source.credentials()
  if (database !== from) return false
  const rows = await source
    .ask('INSERT INTO public.written DEFAULT VALUES RETURNING 1 AS one')
    .catch(() => [])
  return rows.length === 1
}

const GONE_WITHIN_MS = 60_000

/** Nobody but a superuser can take a database away from under a subscription: its removal is tried until one has dropped it. */
const KEEPS_ITS_DATABASE = /^subscription /

async function leftOf(
  stage: Stage,
  { place }: Source,
  one: Case,
  { from, to }: SwitchRecord
): Promise<readonly string[]> {
  if (KEEPS_ITS_DATABASE.test(String(one.finds))) return standing(stage, place, from, [])
  const deadline = Date.now() + GONE_WITHIN_MS
  while ((await stateOf(stage, to)) !== 'gone') {
    if (Date.now() > deadline) return [`the target ${to} is not gone`]
    await pause(200)
  }
  const left = [...(await standing(stage, one.to, to, [to])), ...(await standing(stage, place, from, []))]
  return left.map((name) => `${name} is left`)
}

async function stateOf({ store }: Stage, name: string): Promise<unknown> {
  const [row] = await storeRows(store, `select state from resources where name = '${name}'`)
  return row?.['state']
}

/** The database, its roles, and throwaway logins. */
function standing(
  stage: Stage,
  place: Place,
  name: string,
  gone: readonly string[]
): Promise<readonly string[]> {
  return withClient(stage.root(place), async (client) => {
    const { rows } = await client.query(
      `SELECT datname AS name FROM pg_database WHERE datname = ANY ($1)
       UNION ALL SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)
       UNION ALL SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = $2`,
      [gone.flatMap((each) => [each, `${each}_ro`]), stepComment(name)]
    )
    return rows.map((row: { name: string }) => `${row.name} at ${place}`)
  })
}
