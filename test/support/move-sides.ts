import { createHmac } from 'node:crypto'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Login } from '../../src/contract/adapter.ts'
import type { Hold, MovedLogin, Moving } from '../../src/contract/move.ts'
import type { MoveCall } from '../../src/contract/ports.ts'
import { stepLogin, stepRoleStatements } from '../../src/families/postgresql/move/step-login.ts'
import { scramVerifier } from '../../src/families/postgresql/scram.ts'
import { withClient } from './postgres-server.ts'
import { postgresqlCall, type Tenant } from './postgres-tenant.ts'

/** A call of a move whose PostgreSQL is real and that has no tools. */
export function moveCall(signal?: AbortSignal): MoveCall {
  const call = postgresqlCall(signal)
  return {
    ...call,
    tools: () => Promise.resolve([]),
    workspace: () => Promise.reject(new Error('no workspace in this test'))
  }
}

/** A move from one tenant to another, as its operation would describe it. */
export function movingBetween(
  from: Tenant,
  to: Tenant,
  logins: readonly (readonly [Login, Login])[],
  number = 1
): Moving<PostgresqlAccess> {
  const side = ({ access, order }: Tenant) => ({
    access,
    names: { resource: order.name, mark: order.mark }
  })
  const operation = `move of ${from.name}`
  return {
    from: side(from),
    to: side(to),
    logins: logins.map(([one, other]): MovedLogin => ({ from: one, to: other, parameters: {} })),
    attempt: {
      operation,
      number,
      secret: (label) => `P-${createHmac('sha256', operation).update(label).digest('hex')}7`
    },
    told: () => undefined
  }
}

/** The throwaway logins of both sides, and their removal. */
export async function stepLoginsOf(moving: Moving<PostgresqlAccess>): Promise<() => Promise<void>> {
  const sides = ['from', 'to'] as const
  for (const side of sides) {
    const verifier = await scramVerifier(stepLogin(moving, side))
    await withClient(outside(moving[side].access), async (client) => {
      for (const sql of stepRoleStatements(moving, side, verifier)) await client.query(sql)
    })
  }
  return async () => {
    for (const side of sides) {
      const { access } = moving[side]
      const { name } = stepLogin(moving, side)
      await withClient(outside(access), async (client) => {
        await client.query(`REVOKE ALL ON DATABASE "${access.database}" FROM "${name}"`)
        await client.query(`DROP ROLE "${name}"`)
      })
    }
  }
}

/** The source as it is at one moment, without shutting anybody out. */
export async function heldSource<T>(access: PostgresqlAccess, use: (hold: Hold) => Promise<T>): Promise<T> {
  return withClient(access, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows } = await client.query('SELECT pg_export_snapshot() AS snapshot')
    return use({
      snapshot: rows[0].snapshot,
      check: () => Promise.resolve(),
      release: () => Promise.resolve()
    })
  })
}

function outside(access: PostgresqlAccess): PostgresqlAccess {
  return { ...access, database: 'postgres' }
}
