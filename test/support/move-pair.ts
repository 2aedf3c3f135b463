import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Login } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { MoveFigures, MoveProgress, Moving } from '../../src/contract/move.ts'
import type { MoveCall } from '../../src/contract/ports.ts'
import { begin } from '../../src/families/postgresql/move/begin.ts'
import { copy } from '../../src/families/postgresql/move/copy.ts'
import { pin } from '../../src/families/postgresql/move/pin.ts'
import { stepEnd } from '../../src/families/postgresql/move/step-end.ts'
import { moveCall, movingOf } from './moving.ts'
import type { TestServer } from './postgres-server.ts'
import { newTenant, type Tenant } from './postgres-tenant.ts'

/** Of one server, so every login has another name at the target. */
export interface PairLogin {
  readonly from: Login
  readonly to: Login
}

export interface Pair {
  readonly from: Tenant
  readonly to: Tenant
  readonly login: PairLogin
  readonly reader: PairLogin
  moving(number?: number, told?: (progress: MoveProgress) => void): Moving<PostgresqlAccess>
  remove(): Promise<void>
}

/** Two instances, one to be moved into the other, each with a login and a read-only one. */
export async function newPair(server: TestServer): Promise<Pair> {
  const [from, to] = [await newTenant(server), await newTenant(server)]
  const bound = async (parameters: JsonObject) => ({
    from: await from.bind(parameters),
    to: await to.bind(parameters)
  })
  const [login, reader] = [await bound({}), await bound({ access: 'read-only' })]
  return {
    from,
    to,
    login,
    reader,
    moving: (number = 1, told = () => undefined) => ({
      ...movingOf(from, to, [], number),
      logins: [login, reader].map((each) => ({ ...each, parameters: {} })),
      told
    }),
    async remove() {
      await from.remove()
      await to.remove()
    }
  }
}

/** One attempt, from a source that lives on. */
export async function attempt(
  moving: Moving<PostgresqlAccess>,
  call: MoveCall = moveCall()
): Promise<MoveFigures> {
  await begin(moving, call)
  const hold = await pin(moving, call)
  try {
    return await copy(moving, hold, call)
  } finally {
    await hold.release()
  }
}

export async function endSteps(moving: Moving<PostgresqlAccess>): Promise<void> {
  await stepEnd(moving.from.access, moveCall())
  await stepEnd(moving.to.access, moveCall())
}
