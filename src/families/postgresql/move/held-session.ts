import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Login } from '../../../contract/adapter.ts'
import type { Call, PostgresqlSession } from '../../../contract/ports.ts'

/** A session that stays open across calls of a move. Whatever it holds at the server ends with it. */
export interface HeldSession {
  readonly session: PostgresqlSession
  /** Never throws. */
  end(): Promise<void>
}

/** Ends by itself with the step. */
export async function heldSession(access: PostgresqlAccess, as: Login, call: Call): Promise<HeldSession> {
  let leave: () => void = () => undefined
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  let ended: Promise<unknown> = Promise.resolve()
  const session = await new Promise<PostgresqlSession>((resolve, reject) => {
    const use = (opened: PostgresqlSession) => {
      resolve(opened)
      return left
    }
    ended = call.postgresql(access, use, { as, patience: 'long' }).catch(reject)
  })
  call.signal.addEventListener('abort', leave, { once: true })
  return {
    session,
    async end() {
      call.signal.removeEventListener('abort', leave)
      leave()
      await ended
    }
  }
}
