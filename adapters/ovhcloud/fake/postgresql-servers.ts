import { type LocalPostgresql, startLocalPostgresql } from '../../../test/support/fake/local-postgresql.ts'
import { postgresqlFront } from '../../../test/support/fake/postgresql-front.ts'
import { anotherPostgresServer, postgresServer } from '../../../test/support/postgres-server.ts'
import { ADMIN, type Servers, type Stand, waitingUsers } from './stand.ts'

const OPTIONS = { maintenance: 'defaultdb', adminPrefix: `${ADMIN}_` }

/** One for all, which costs nothing for each service; only the server itself tells that the administrators have other names. */
export async function sharedPostgresqlServer(): Promise<Servers> {
  const server = await startLocalPostgresql(await postgresServer(), OPTIONS)
  return {
    take: async (id) => standOn(server, `${ADMIN}_${id.replaceAll('-', '')}`),
    left: () => server.left()
  }
}

/** One for each service, as at OVHcloud; a server that was given back is used again. */
export function ownPostgresqlServers(): Servers {
  const all: LocalPostgresql[] = []
  const free: LocalPostgresql[] = []
  async function start(): Promise<LocalPostgresql> {
    const server = await startLocalPostgresql(await anotherPostgresServer({}), OPTIONS)
    all.push(server)
    return server
  }
  return {
    async take() {
      const server = free.pop() ?? (await start())
      const stand = standOn(server, ADMIN)
      return {
        ...stand,
        async giveBack() {
          await stand.giveBack()
          free.push(server)
        }
      }
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

function standOn(server: LocalPostgresql, admin: string): Stand {
  const { port, certificate, key, logins } = server
  const made = new Set<string>()
  return {
    certificate,
    users: waitingUsers(logins, async (name) => made.add(name)),
    addDatabase: (name) => server.addDatabase(name, admin),
    setPassword: (password, plain) => server.setAdmin(admin, password, plain ? '' : 'CREATEROLE CREATEDB'),
    open: (doors) =>
      postgresqlFront({
        port,
        certificate,
        key,
        admin: {
          shown: ADMIN,
          // Nobody of this name is there until the password works.
          get real() {
            return doors.isPasswordThere() ? admin : 'nobody'
          }
        },
        isOpen: () => doors.isOpen()
      }),
    async giveBack() {
      await server.remove({ admin, databases: [], logins: [...made] })
      made.clear()
    }
  }
}
