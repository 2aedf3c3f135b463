import type { MysqlAccess } from '../../contract/access.ts'
import { ProviderFailure } from '../../contract/errors.ts'
import type { Names } from '../../contract/family.ts'
import { mysqlVersionOf } from '../../contract/mysql.ts'
import type { Call } from '../../contract/ports.ts'

/** Nobody may enter a new database but accounts with a right on it: there is nothing to make, only to look. */
export async function prepare(
  access: MysqlAccess,
  _names: Names,
  _options: { readonly defaultPrivileges: boolean },
  call: Call
): Promise<void> {
  await call.mysql(access, async (session) => {
    const { fits, text } = await mysqlVersionOf(session)
    if (!fits) {
      const wanted = 'MariaDB 10.6 or MySQL 8.0.17'
      throw new ProviderFailure('invalid', `The database server (${text}) is older than ${wanted}.`)
    }
    const found = await session.query(
      `-- look at the database
       SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?`,
      [access.database]
    )
    if (found.length > 0) return
    throw new ProviderFailure('unexpected', 'The database of this instance is not there.')
  })
}
