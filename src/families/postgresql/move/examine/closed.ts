import { quoteName } from '../../../../contract/sql.ts'
import { isClosed } from '../../is-closed.ts'
import { readerOf } from '../../names.ts'
import { firstName } from '../retire.ts'
import { loginsOf } from '../shut.ts'
import { finding, type Group, type Look } from './look.ts'

/** A store from before a switch still takes what that switch left for the instance. */
export const closed: Group = async (look) => {
  const [row] = await look.outside.query(`-- look whether it is closed\nSELECT ${isClosed('$1')} AS closed`, [
    look.from.access.database
  ])
  if (row?.['closed'] !== true) return []
  return [
    finding(
      'source-closed',
      'blocking',
      'source',
      'A switch has closed it: nobody may enter, and what was written since is somewhere else.',
      `first see what became of that switch (README, Recovery). These statements open it again: ${(await opening(look)).join('; ')}`
    )
  ]
}

async function opening({ outside, from: { access } }: Look): Promise<readonly string[]> {
  const group = quoteName(access.database)
  const logins = await loginsOf(outside, access.database)
  return [
    `GRANT CONNECT ON DATABASE ${group} TO ${group}, ${quoteName(readerOf(access.database))}`,
    ...logins.flatMap((login) => {
      const name = firstName(login)
      const renamed = name === login ? [] : [`ALTER ROLE ${quoteName(login)} RENAME TO ${quoteName(name)}`]
      return [...renamed, `ALTER ROLE ${quoteName(name)} LOGIN`]
    })
  ]
}
