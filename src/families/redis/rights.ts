import type { RedisAccess } from '../../contract/access.ts'

/**
 * On a server of its own a tenant may do everything that does not administer the server. What is dangerous among neighbours is then its
 * own affair:
 *
 * | command | |
 * |---|---|
 * | `keys`, `sort`, `sort_ro`, `flushdb`, `flushall`, `swapdb` | slow or sweeping, but only over the tenant's own data |
 * | `info`, `role` | how much memory is left, who is the primary: client libraries ask when they connect |
 * | `restore` | bringing data along from another server; looked through where the server says `sanitize-dump-payload clients` |
 * | not `migrate` | the server would connect to wherever the tenant says |
 * | not `client list, kill, pause`, `monitor`, `slowlog` | they reach the broker's own sessions and commands |
 * | not `script debug` | a debugger stops the server, and then nobody can unbind |
 * | not `acl`, `config`, `debug`, `module`, `shutdown`, `save`, `replicaof`, `failover`, `cluster` with an effect | they administer the server |
 */
const DEDICATED =
  '~* &* +@all -@admin -@dangerous -script|debug +keys +sort +sort_ro +flushdb +flushall +swapdb +info +role +restore'

/** No scripts: one that never ends would stop those who write. */
const DEDICATED_READER =
  '~* &* -@all +@read +@transaction +@pubsub +@connection -@admin -@dangerous -publish -spublish +keys +sort_ro +info +role'

/**
 * Among neighbours: what looks at all keys (SCAN, KEYS, RANDOMKEY, DBSIZE), at all clients or channels, what stops everybody (scripts)
 * and what is one for all (functions, numbered databases, to which COPY writes too) is not given. Nor PFMERGE: of one key alone Redis
 * finds none in it, so that it makes any.
 */
const SHARED =
  '+@transaction +@pubsub +@connection -@dangerous -@admin -@scripting -scan -randomkey -dbsize -keys -swapdb -move -copy -pfmerge -select -client +client|setname +client|getname +client|id -pubsub'

const SILENT = '-publish -spublish'

/** The rules of a binding's user, for ACL SETUSER. */
export function rightsOf({ prefix }: Pick<RedisAccess, 'prefix'>, isReader: boolean): readonly string[] {
  if (prefix === undefined) return (isReader ? DEDICATED_READER : DEDICATED).split(' ')
  const what = isReader ? `-@all +@read ${SHARED} ${SILENT}` : `-@all +@read +@write ${SHARED}`
  return [keysOf(prefix), `&${prefix}:*`, ...what.split(' ')]
}

/** The pattern by which the users of a resource on a shared server are known. */
export function keysOf(prefix: string): string {
  return `~${prefix}:*`
}
