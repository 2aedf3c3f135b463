import { cleanUp } from './clean-up.ts'
import type { EngineDeps } from './deps.ts'

/**
 * What comes due without anybody asking: bindings whose time is over, operations that have waited too long for another one,
 * ended ones that were kept long enough. Answers how much there is to do now.
 */
export async function sweep(deps: EngineDeps): Promise<number> {
  const { store } = deps
  return store.database.write(async (session) => {
    const expired = await store.bindings.takeExpired(session)
    for (const binding of expired) {
      const instance = await store.instances.byId(session, binding.instance)
      if (!instance) continue
      await cleanUp(
        deps,
        session,
        {
          platform: instance.platform,
          instance: instance.id,
          binding: binding.id,
          resource: instance.resource
        },
        'unbind'
      )
      await store.audit.insert(session, {
        at: deps.now(),
        platform: instance.platform,
        actor: 'broker',
        action: 'expire',
        subject: `binding ${binding.osbId}`,
        detail: { instance: instance.osbId, login: binding.login }
      })
    }
    await store.operations.forgetEnded(session, deps.settings.keepEndedMs)
    let made = 0
    for (const each of deps.sweeps) made += await each(deps, session)
    return expired.length + made + (await store.operations.endWaiting(session))
  })
}
