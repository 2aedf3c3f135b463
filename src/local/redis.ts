import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Programs } from './found-programs.ts'
import { livingByLog } from './living-by-log.ts'
import { writeForUser } from './private-file.ts'
import { processesIn } from './processes.ts'
import type { Ending, Software } from './software.ts'

/** Whom the broker logs in as. */
export const REDIS_ROOT = 'portolan'

/** The broker's rights, as the README of `redis-server` tells them to an operator. */
export const REDIS_ROOT_RIGHTS =
  '~* &* -@all +@connection +@transaction +acl +config|get +config|set +info +flushall +bgrewriteaof +scan +unlink +eval +script|kill +script|flush +function|kill +function|flush +client|kill'

export const REDIS_ENDING: Ending = {
  heads: processesIn,
  polite: 'SIGTERM',
  firm: 'SIGKILL',
  leavings: []
}

const USERS = 'users.acl'

const SETTINGS: Readonly<Record<string, string>> = {
  bind: '127.0.0.1',
  appendonly: 'yes',
  save: '',
  maxmemory: '64mb',
  'maxmemory-policy': 'noeviction',
  // What a tenant brings along is looked through, or it could end the server.
  'sanitize-dump-payload': 'clients',
  // Its command line names its folder and port, so that it is found again.
  'set-proc-title': 'no',
  daemonize: 'no',
  // What it would write holds commands of tenants.
  'crash-log-enabled': 'no'
}

export function redis(programs: Programs): Software {
  return {
    title: 'Redis',
    program: programs['redis-server'] ?? '',
    async fill({ user }, data, password) {
      writeForUser(user, join(data, USERS), usersText(password))
    },
    words: ({ data, port }) =>
      Object.entries({ ...SETTINGS, port: String(port), dir: data, aclfile: join(data, USERS) }).flatMap(
        ([name, value]) => [`--${name}`, value]
      ),
    living: (server, pid) => livingByLog(server, 'Ready to accept connections', pid),
    ending: REDIS_ENDING
  }
}

/** Of the password it keeps a hash. */
function usersText(password: string): string {
  const hash = createHash('sha256').update(password).digest('hex')
  return `user default off resetchannels -@all\nuser ${REDIS_ROOT} on #${hash} ${REDIS_ROOT_RIGHTS}\n`
}
