import type { BindingState } from '../domain/binding.ts'
import type { Answer, Caller } from '../domain/caller.ts'
import { Refusal } from '../domain/refusal.ts'
import { disclose } from './bind.ts'
import { bindingAnswer } from './binding-answer.ts'
import type { Deps } from './deps.ts'
import { readableParameters } from './instance-answer.ts'

const NOT_MADE: readonly BindingState[] = ['binding', 'failed', 'deleted']

/** GET /v2/service_instances/{id}/service_bindings/{id}. */
export async function fetchBinding(
  deps: Deps,
  caller: Caller,
  instanceOsbId: string,
  osbId: string
): Promise<Answer> {
  const { store } = deps
  return store.database.write(async (session) => {
    const instance = await store.instances.find(session, caller.platform.name, instanceOsbId)
    const binding = instance && (await store.bindings.find(session, instance.id, osbId))
    const isMade = binding?.answer !== undefined && !NOT_MADE.includes(binding.state)
    if (!instance || !binding || !isMade) {
      throw new Refusal(404, 'there is no service binding with this id, or it is still being made')
    }
    const plan = await store.planRevisions.byDigest(session, instance.revision)
    await disclose(deps, session, caller, binding, instance)
    return {
      status: 200 as const,
      body: {
        ...bindingAnswer(binding, caller),
        parameters: readableParameters(plan?.bindSchema ?? {}, binding.parameters)
      }
    }
  })
}
