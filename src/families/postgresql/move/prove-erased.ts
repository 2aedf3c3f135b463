import type { PostgresqlAccess } from '../../../contract/access.ts'
import { ProviderFailure } from '../../../contract/errors.ts'
import { isSameMark, loginComment, readBuried, stepComment } from '../../../contract/mark.ts'
import type { MoveSide } from '../../../contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../contract/ports.ts'
import { maintenance, readerOf } from '../names.ts'
import { STATE, stateOf } from '../sql-state.ts'

/** Nobody listens there, or the name is not known any more. A silent address proves nothing. */
const GONE = ['ECONNREFUSED', 'ENOTFOUND']

/** Looks itself, with the old way in, and believes no provider's word. */
export async function proveErased(
  from: MoveSide<PostgresqlAccess>,
  call: MoveCall
): Promise<readonly string[]> {
  const { access } = from
  try {
    const seen = await call.postgresql(access, (outside) => noneLeft(outside, from), maintenance(access))
    return [...seen, await noWayIn(access, call)]
  } catch (error) {
    const why = goneBecause(error)
    if (why === undefined) throw error
    return [
      `The server that had the database ${access.database} answers nobody any more (${why}): nobody gets in, and its disks could not be looked at.`
    ]
  }
}

async function noneLeft(
  outside: PostgresqlSession,
  { access, names }: MoveSide<PostgresqlAccess>
): Promise<readonly string[]> {
  const [database] = await outside.query('SELECT datname FROM pg_database WHERE datname = $1', [
    access.database
  ])
  if (database !== undefined) throw left(`the database ${access.database}`)
  const roles = await outside.query(
    `-- look for roles that are left
     SELECT rolname, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles
     WHERE rolname IN ($1, $2) OR shobj_description(oid, 'pg_authid') IN ($3, $4) ORDER BY rolname`,
    [access.database, readerOf(access.database), loginComment(access.database), stepComment(access.database)]
  )
  const buried = roles.filter((role) => isSameMark(readBuried(role['comment']), names.mark))
  const [role] = roles.filter((each) => !buried.includes(each))
  if (role !== undefined) throw left(`the role ${String(role['rolname'])}`)
  return [
    `The server has no database ${access.database}.`,
    'It has no login of this instance, nor a group of theirs.',
    ...buried.map(
      ({ rolname }) =>
        `The name ${String(rolname)} is still kept by a role without rights, login or data, because another database's owner granted something to it.`
    )
  ]
}

/** By the owner's password, which opens every database of the server that stands. */
async function noWayIn(access: PostgresqlAccess, call: MoveCall): Promise<string> {
  const outcome = await call
    .postgresql(access, async () => 'in')
    .catch((error: unknown) => stateOf(error) ?? error)
  if (outcome === STATE.unknownDatabase) {
    return `A login to ${access.database} was refused: there is no such database (SQLSTATE ${STATE.unknownDatabase}).`
  }
  if (outcome === 'in') throw left(`the database ${access.database}, which can be entered,`)
  if (outcome instanceof ProviderFailure) throw outcome
  throw new ProviderFailure('unavailable', `Whether ${access.database} can be entered could not be told.`, {
    cause: outcome
  })
}

function goneBecause(error: unknown): string | undefined {
  if (!(error instanceof ProviderFailure) || error.mayHaveHappened) return undefined
  const code = (error.cause as { code?: unknown } | undefined)?.code
  return GONE.find((each) => each === code)
}

function left(what: string): ProviderFailure {
  return new ProviderFailure('unexpected', `After the erasure ${what} is still there.`)
}
