import type { MysqlAccess } from '../../contract/access.ts'
import type { Login } from '../../contract/adapter.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import { dropLogin, lockOut } from '../../contract/mysql-logins.ts'
import type { Call, MysqlSession } from '../../contract/ports.ts'
import { look } from './look.ts'

/**
 * Locks the login out, then drops it. What a view, a trigger or a routine names as its definer must stay, or it fails for everybody:
 * then the locked account stays with its rights until the database goes. Begins again at any point.
 */
export async function unbind(access: MysqlAccess, login: Login, call: Call): Promise<'locked out' | 'gone'> {
  return call.mysql(access, async (session) => {
    const seen = await find(session, access, login)
    if (!seen.isOurs || (await lockOut(session, [login.name])).length === 0) return 'gone'
    return remove(session, access.database, login.name).then(() => 'gone', blocked)
  })
}

/** A bind whose broker died may be running at this moment. Only the broker's own statements count: a tenant may write the name into its own. */
async function find(session: MysqlSession, access: MysqlAccess, login: Login) {
  const seen = await look(session, access.database, login)
  if (seen.exists) return seen
  const makers = await session.query(
    `-- look for its maker
     SELECT ID AS id FROM information_schema.PROCESSLIST
     WHERE ID <> CONNECTION_ID() AND USER = SUBSTRING_INDEX(USER(), '@', 1) AND LOCATE(?, INFO) > 0 AND LOCATE('-- look', INFO) = 0`,
    [login.name]
  )
  if (makers.length === 0) return look(session, access.database, login)
  throw new ProviderFailure('unavailable', 'The login is being made at this moment.')
}

async function remove(session: MysqlSession, database: string, name: string): Promise<void> {
  if (!(await isDefiner(session, database, name))) await dropLogin(session, name)
}

async function isDefiner(session: MysqlSession, database: string, name: string): Promise<boolean> {
  const definer = `${name}@%`
  const found = await session.query(
    `-- look for what it defined
     SELECT 1 AS one FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND DEFINER = ?
     UNION ALL SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND DEFINER = ?
     UNION ALL SELECT 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? AND DEFINER = ?
     UNION ALL SELECT 1 FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ? AND DEFINER = ?`,
    [database, definer, database, definer, database, definer, database, definer]
  )
  return found.length > 0
}

function blocked(thrown: unknown): 'locked out' {
  if (thrown instanceof ProviderFailure && thrown.kind === 'unavailable') return 'locked out'
  throw thrown
}
