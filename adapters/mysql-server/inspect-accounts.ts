import { mysqlVersionOf, quoteMysqlName, quoteMysqlText } from '../../src/contract/mysql.ts'
import type { MysqlSession } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import type { Line } from './inspect-line.ts'

/** Whether an account is locked is kept elsewhere by each. */
const OPEN_DOORS = {
  mariadb: `SELECT User AS name, Host AS host FROM mysql.global_priv
    WHERE COALESCE(JSON_VALUE(Priv, '$.authentication_string'), '') = ''
      AND COALESCE(JSON_VALUE(Priv, '$.plugin'), '') IN ('', 'mysql_native_password')
      AND COALESCE(JSON_VALUE(Priv, '$.account_locked'), 0) NOT IN (1, 'true')
      AND COALESCE(JSON_VALUE(Priv, '$.is_role'), 0) NOT IN (1, 'true') AND User <> 'PUBLIC'`,
  mysql: `SELECT User AS name, Host AS host FROM mysql.user
    WHERE authentication_string = '' AND account_locked = 'N'
      AND plugin IN ('mysql_native_password', 'sha256_password', 'caching_sha2_password')`
}

/** Who may come in without being asked: guests, accounts without a password, and what everybody may open. */
export async function strangers(session: MysqlSession): Promise<readonly Line[]> {
  const { dialect } = await mysqlVersionOf(session)
  const doors = await session.query(`-- look for open doors\n${OPEN_DOORS[dialect]}`)
  const everybody = await session.query(
    `-- look for rights of everybody
     SELECT User AS name, Db AS place FROM mysql.db WHERE User IN ('', 'PUBLIC')`
  )
  return [
    ...doors.map((row): Line => {
      const account = `${quoteMysqlText(textAt(row, 'name'))}@${quoteMysqlText(textAt(row, 'host'))}`
      const text = `The account ${account} has no password.`
      return { level: 'refused', text, remedy: `DROP USER ${account};` }
    }),
    ...everybody.map((row): Line => {
      const place = textAt(row, 'place')
      const text = `Everybody may enter the databases ${quoteMysqlName(place)}.`
      const remedy =
        row['name'] === 'PUBLIC'
          ? `REVOKE ALL PRIVILEGES ON ${quoteMysqlName(place)}.* FROM PUBLIC;`
          : `DELETE FROM mysql.db WHERE User = '' AND Db = ${quoteMysqlText(place)}; FLUSH PRIVILEGES;`
      return { level: 'refused', text, remedy }
    })
  ]
}
