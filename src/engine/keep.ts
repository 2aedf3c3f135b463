import { canonicalJson } from '../domain/canonical-json.ts'
import type { BindingChange } from '../store/bindings.ts'
import type { ResourceChange } from '../store/resources.ts'
import type { Session } from '../store/session.ts'
import type { EngineDeps } from './deps.ts'
import type { Made } from './step-result.ts'
import type { Subject } from './subject.ts'

/** What a step made is kept, whatever becomes of the operation. */
export async function keep(
  deps: EngineDeps,
  session: Session,
  { resource, binding }: Subject,
  made: Made = {},
  change: { readonly resource?: ResourceChange; readonly binding?: BindingChange } = {}
): Promise<void> {
  const { handle, ...ofBinding } = made
  const isNew = handle !== undefined && canonicalJson(handle) !== canonicalJson(resource.handle ?? null)
  await deps.store.resources.change(session, resource.id, {
    ...(isNew ? { handle } : {}),
    ...change.resource
  })
  if (binding) await deps.store.bindings.change(session, binding.id, { ...ofBinding, ...change.binding })
}
