import { tmpdir } from 'node:os'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Login } from '../../src/contract/adapter.ts'
import type { Moving } from '../../src/contract/move.ts'
import type { MoveCall } from '../../src/contract/ports.ts'
import { type Side, stepLogin, stepRoleStatements } from '../../src/families/postgresql/move/step-login.ts'
import { scramVerifier } from '../../src/families/postgresql/scram.ts'
import { toolsPort } from '../../src/transport/tools.ts'
import { workspacePort } from '../../src/transport/workspace.ts'
import { type TestServer, withClient } from './postgres-server.ts'
import { postgresqlCall, type Tenant } from './postgres-tenant.ts'

/** A call of a move whose ports are real, except HTTP. */
export function moveCall(signal = new AbortController().signal): MoveCall {
  return {
    ...postgresqlCall(signal),
    tools: toolsPort(),
    workspace: workspacePort({ signal, workFolder: tmpdir() })
  }
}

export function movingOf(
  from: Tenant,
  to: Tenant,
  logins: readonly Login[],
  number = 1
): Moving<PostgresqlAccess> {
  return {
    from: { access: from.access, names: { resource: from.name, mark: from.order.mark } },
    to: { access: to.access, names: { resource: to.name, mark: to.order.mark } },
    logins: logins.map((login) => ({ from: login, to: login, parameters: {} })),
    attempt: {
      operation: `move of ${from.name}`,
      number,
      secret: (label) => `A1-${Buffer.from(`${label} ${from.name} ${number}`).toString('base64url')}z`
    },
    told: () => undefined
  }
}

/** The throwaway login of one side, and nothing else of what a move begins with. */
export async function makeStep(
  server: TestServer,
  moving: Moving<PostgresqlAccess>,
  side: Side
): Promise<Login> {
  const login = stepLogin(moving, side)
  const verifier = await scramVerifier(login)
  const there = side === 'from' ? moving : { ...moving, logins: [] }
  await withClient(server.managedRoot, async (client) => {
    for (const statement of stepRoleStatements(there, side, verifier)) await client.query(statement)
    await client.query(`GRANT "${login.name}" TO CURRENT_USER`)
  })
  return login
}

/** What a freeze may change: every role, who is a member of whom, who may enter which database, with how many connections. */
export function rightsOutside(server: TestServer) {
  return withClient(server.superuser, async (client) => {
    const ask = async (sql: string) => (await client.query(sql)).rows
    return {
      roles: await ask(
        `SELECT rolname, rolcanlogin, rolconnlimit, rolpassword, shobj_description(oid, 'pg_authid') AS comment
         FROM pg_authid ORDER BY rolname`
      ),
      members: await ask(
        `SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, pg_get_userbyid(grantor) AS grantor, admin_option
         FROM pg_auth_members ORDER BY 1, 2, 3`
      ),
      databases: await ask(
        `SELECT datname, datallowconn, datconnlimit,
                ARRAY(SELECT item::text FROM unnest(datacl) item ORDER BY 1) AS acl
         FROM pg_database ORDER BY datname`
      ),
      settings: await ask('SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole')
    }
  })
}
