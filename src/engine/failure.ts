import { cleanUp } from './clean-up.ts'
import type { AtFailure, CoreKind } from './kind.ts'

/** What the failure of each kind changes, in the transaction that records it. */
export const FAILED: Readonly<Record<CoreKind, AtFailure>> = {
  async create(deps, session, operation) {
    const { store } = deps
    // Nobody was told 202: the id is free again at once. Otherwise the failed operation stays readable until a DELETE.
    await store.instances.change(
      session,
      operation.instance ?? '',
      operation.answered ? { state: 'failed' } : { state: 'deleted', deletedAt: deps.now() }
    )
    await cleanUp(deps, session, operation, 'release')
  },

  async update() {},

  async delete(deps, session, operation) {
    await deps.store.instances.change(session, operation.instance ?? '', { state: 'failed', usable: false })
  },

  async bind(deps, session, operation) {
    await deps.store.bindings.change(
      session,
      operation.binding ?? '',
      operation.answered ? { state: 'failed' } : { state: 'deleted', deletedAt: deps.now() }
    )
    await cleanUp(deps, session, operation, 'unbind')
  },

  async unbind(deps, session, operation) {
    const binding = await deps.store.bindings.byId(session, operation.binding ?? '')
    await deps.store.bindings.change(session, operation.binding ?? '', {
      state: binding?.answer ? 'bound' : 'failed'
    })
  },

  async 'clean-up'() {}
}
