import { type LocalPostgresql, startLocalPostgresql } from '../../../test/support/fake/local-postgresql.ts'
import { anotherPostgresServer, postgresServer } from '../../../test/support/postgres-server.ts'

/** The login that every service has. */
export const ADMIN = 'avnadmin'

/** Where a service really stands. */
export interface Stand {
  readonly server: LocalPostgresql
  /** What its administrator is called there. */
  readonly admin: string
}

export interface Servers {
  take(id: string): Promise<Stand>
  /** Removes all that stands there. */
  giveBack(stand: Stand): Promise<void>
  /** What is there beyond new servers, for leak checks. */
  left(): Promise<{ readonly databases: string[]; readonly roles: string[] }>
}

const OPTIONS = { maintenance: 'defaultdb', adminPrefix: `${ADMIN}_` }

/** One for all, which costs nothing for each service; only the server itself tells that the administrators have other names. */
export async function sharedServer(): Promise<Servers> {
  const server = await startLocalPostgresql(await postgresServer(), OPTIONS)
  return {
    take: async (id) => ({ server, admin: `${ADMIN}_${id.replaceAll('-', '')}` }),
    giveBack: removeFrom,
    left: () => server.left()
  }
}

/** One for each service, as at OVHcloud; a server that was given back is used again. */
export function ownServers(): Servers {
  const all: LocalPostgresql[] = []
  const free: LocalPostgresql[] = []
  async function start(): Promise<LocalPostgresql> {
    const server = await startLocalPostgresql(await anotherPostgresServer({}), OPTIONS)
    all.push(server)
    return server
  }
  return {
    take: async () => ({ server: free.pop() ?? (await start()), admin: ADMIN }),
    async giveBack(stand) {
      await removeFrom(stand)
      free.push(stand.server)
    },
    async left() {
      const each = await Promise.all(all.map((server) => server.left()))
      return {
        databases: each.flatMap(({ databases }) => databases),
        roles: each.flatMap(({ roles }) => roles)
      }
    }
  }
}

function removeFrom({ server, admin }: Stand): Promise<void> {
  return server.remove({ admin, databases: [] })
}
