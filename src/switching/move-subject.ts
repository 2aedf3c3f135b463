import { createHash } from 'node:crypto'
import type { Driver, Login } from '../contract/adapter.ts'
import type { Family } from '../contract/family.ts'
import type { Move, MovedLogin, MoveSide, Moving, Source } from '../contract/move.ts'
import type { MoveCall } from '../contract/ports.ts'
import type { Binding } from '../domain/binding.ts'
import { passwordOf, secretOf } from '../domain/names.ts'
import type { Plan } from '../domain/offer.ts'
import type { Resource } from '../domain/resource.ts'
import type { Switch } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { loginOf } from '../engine/kinds/bind.ts'
import { GivesUp } from '../engine/outcome.ts'
import { namesOf, type Subject, subjectOf } from '../engine/subject.ts'
import { tellProgress } from './progress.ts'

/** One of the two ends of a move, as the core knows it. */
export interface End {
  readonly resource: Resource
  readonly plan: Plan
  readonly driver: Driver
}

/** What an operation of a move works on. */
export interface MoveSubject {
  readonly subject: Subject
  readonly record: Switch
  readonly from: End
  readonly to: End
  readonly family: Family
  readonly move: Move
  /** Those that may log in. */
  readonly bindings: readonly Binding[]
}

export async function loadMove(deps: EngineDeps, subject: Subject, switchId: string): Promise<MoveSubject> {
  const { store } = deps
  const found = await store.database.read(async (session) => {
    const record = await store.switches.byId(session, switchId)
    if (!record) throw new Error(`there is no switch ${switchId}`)
    const living = await store.bindings.living(session, record.instance)
    const ends = await Promise.all(
      [record.fromResource, record.toResource].map(async (id) => {
        const resource = await store.resources.byId(session, id)
        const plan = resource && (await store.planRevisions.byDigest(session, resource.revision))
        if (!resource || !plan) throw new Error(`the switch ${switchId} has no resource ${id}`)
        return { resource, plan }
      })
    )
    return { record, ends, bindings: living.filter(({ state }) => state === 'bound') }
  })
  const { record, bindings } = found
  const [from, to] = found.ends.map(({ resource, plan }) => {
    const { driver } = subjectOf(deps, subject.operation, { instance: subject.instance, resource, plan })
    return { resource, plan, driver }
  })
  const { move } = subject.family
  if (!from || !to || !move || !from.driver.access || !to.driver.access)
    throw new GivesUp(
      'invalid',
      `instances of ${subject.resource.family} cannot switch between these providers`
    )
  return { subject, record, from, to, family: subject.family, move, bindings }
}

/** How the owner gets into one end. */
export async function sideOf(deps: EngineDeps, { resource, driver }: End, call: MoveCall): Promise<MoveSide> {
  if (!resource.handle || !driver.access) throw new GivesUp('invalid', 'there is nothing at the provider')
  return { access: await driver.access(resource.handle, call), names: namesOf(deps, resource) }
}

/** The move as its family works on it. `to`: what the logins are called at the target, where that is known already. */
export async function movingOf(
  deps: EngineDeps,
  moved: MoveSubject,
  call: MoveCall,
  to: (binding: Binding) => Login = loginOf
): Promise<Moving> {
  const [source, target] = await Promise.all([sourceOf(deps, moved, call, to), sideOf(deps, moved.to, call)])
  return { ...source, to: target, told: tellProgress(deps, moved.subject.operation, moved.record) }
}

/** What the source alone needs to know. */
export async function sourceOf(
  deps: EngineDeps,
  moved: MoveSubject,
  call: MoveCall,
  to: (binding: Binding) => Login = loginOf
): Promise<Source> {
  const { record, subject, bindings } = moved
  const { leaseNumber } = subject.operation
  return {
    from: await sideOf(deps, moved.from, call),
    logins: bindings.map((binding) => movedLogin(binding, to(binding))),
    attempt: {
      operation: record.id,
      number: leaseNumber,
      secret: (label) => secretOf(moved.to.resource.seed, `move ${record.id} ${leaseNumber} ${label}`)
    }
  }
}

/** For a server where the login's own name is taken, by what another move left. The same on every attempt. */
export function otherLogin(binding: Binding, record: Switch): Login {
  const digest = createHash('sha256').update(`${record.id} ${binding.id}`).digest()
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  const name = [...digest.subarray(0, 20)].map((byte) => letters[byte % letters.length]).join('')
  return { name: `b${name}`, password: passwordOf(binding.seed) }
}

function movedLogin(binding: Binding, to: Login): MovedLogin {
  return { from: loginOf(binding), to, parameters: binding.parameters }
}
