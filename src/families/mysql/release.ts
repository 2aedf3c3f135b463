import type { MysqlAccess } from '../../contract/access.ts'
import type { Names } from '../../contract/family.ts'
import { dropLogins, loginsOf } from '../../contract/mysql-logins.ts'
import type { Call } from '../../contract/ports.ts'

/** Removes every login that is left, also those that stayed, locked, as the definer of something: the database goes next. */
export async function release(access: MysqlAccess, _names: Names, call: Call): Promise<void> {
  await call.mysql(access, async (session) => {
    await dropLogins(session, await loginsOf(session, access.database))
  })
}
