import type { Binding } from '../../domain/binding.ts'
import type { Switch } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import type { SwitchDeps } from './deps.ts'

/** A binding whose credentials nobody has fetched since the cut-over: whoever has the old ones still goes to the source. */
export interface NotRenewed {
  /** The platform's id. */
  readonly binding: string
  readonly login: string
  /** Empty when there is none. */
  readonly app: string
}

/** Of a completed switch; neither fetched nor succeeded by another binding. */
export async function notRenewed(
  { store }: Pick<SwitchDeps, 'store'>,
  session: Session,
  { kind, state, endedAt, instance: id, platform }: Switch
): Promise<readonly NotRenewed[] | undefined> {
  if (kind !== 'switch' || state !== 'completed' || endedAt === undefined) return undefined
  const instance = await store.instances.byId(session, id)
  const living = await store.bindings.living(session, id)
  const moved = living.filter((each) => each.state === 'bound' && each.createdAt <= endedAt)
  const told = await store.audit.doneSince(session, {
    action: 'disclose credentials',
    platform,
    subjects: moved.map(subjectOf),
    after: endedAt
  })
  // Bindings of other instances may have the same id.
  const renewed = new Set(
    told.filter(({ detail }) => detail['instance'] === instance?.osbId).map(({ subject }) => subject)
  )
  const succeeded = new Set(
    living.filter(({ createdAt }) => createdAt > endedAt).map(({ predecessor }) => predecessor)
  )
  return moved
    .filter((each) => !renewed.has(subjectOf(each)) && !succeeded.has(each.id))
    .map(({ osbId, login, app }) => ({ binding: osbId, login, app }))
}

function subjectOf({ osbId }: Binding): string {
  return `binding ${osbId}`
}
