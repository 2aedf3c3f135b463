import type {
  Access,
  MysqlAccess,
  ObjectStorageAccess,
  PostgresqlAccess,
  RedisAccess
} from '../../src/contract/access.ts'
import type { Json } from '../../src/contract/json.ts'
import type { Call, RedisSession } from '../../src/contract/ports.ts'
import type { Stage } from './stage.ts'

/** What applications have made in it, as its owner sees it; undefined where the kit cannot look into it. */
export async function contentsOf({ engine }: Stage): Promise<readonly string[] | undefined> {
  if (!engine.driver().access) return undefined
  const access = await engine.access()
  return engine.step('the look of the owner', (_, call) => linesIn(access, call))
}

async function linesIn(access: Access, call: Call): Promise<readonly string[] | undefined> {
  switch (access.kind) {
    case 'postgresql':
      return tablesOf(access, call)
    case 'mysql':
      return tablesIn(access, call)
    case 'redis':
      return keysIn(access, call)
    case 'object-storage':
      return objectsIn(access, call)
    case 'example':
      return undefined
  }
}

function tablesOf(access: PostgresqlAccess, call: Call): Promise<readonly string[]> {
  return call.postgresql(access, async (session) => {
    const rows = await session.query(
      "SELECT schemaname || '.' || tablename AS line FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return rows.map(({ line }) => String(line))
  })
}

function tablesIn(access: MysqlAccess, call: Call): Promise<readonly string[]> {
  return call.mysql(access, async (session) => {
    const sql = 'SELECT TABLE_NAME AS line FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?'
    return (await session.query(sql, [access.database])).map(({ line }) => String(line))
  })
}

function keysIn(access: RedisAccess, call: Call): Promise<readonly string[]> {
  const pattern = access.prefix === undefined ? '*' : `${access.prefix}:*`
  return call.redis(access, async (session) => {
    const keys: string[] = []
    let cursor = '0'
    do {
      const [next, found] = await scan(session, cursor, pattern)
      keys.push(...found)
      cursor = next
    } while (cursor !== '0')
    return keys
  })
}

async function scan(session: RedisSession, cursor: string, pattern: string): Promise<[string, string[]]> {
  const answer = await session.command('SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000')
  const [next, found]: readonly Json[] = Array.isArray(answer) ? answer : []
  return [String(next ?? '0'), Array.isArray(found) ? found.map(String) : []]
}

async function objectsIn(access: ObjectStorageAccess, call: Call): Promise<readonly string[]> {
  return (await call.s3(access).versions()).map(({ key, version }) => `${key} ${version}`)
}
