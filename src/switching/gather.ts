import type { Access } from '../contract/access.ts'
import type { Login } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Moving } from '../contract/move.ts'
import type { MoveCall } from '../contract/ports.ts'
import type { Binding } from '../domain/binding.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { loginOf } from '../engine/kinds/bind.ts'
import { GivesUp } from '../engine/outcome.ts'
import type { StepResult } from '../engine/step-result.ts'
import { entering } from './enter.ts'
import { type MoveSubject, movingOf, otherLogin, sideOf } from './move-subject.ts'
import { takeSlot } from './slots.ts'
import { whileShut } from './while-shut.ts'

/** How often the source may be frozen, because a step was interrupted. */
const MOST_FREEZES = 3
const BINDS_MS = 500
const ROOM_MS = 5000

/**
 * Stage `gather`: from here on nobody binds or unbinds. Waits for those under way, shuts out what earlier attempts left and
 * empties the target.
 */
export async function gather(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<StepResult> {
  const frozen = moved.record.timeline.filter(({ state }) => state === 'freeze').length
  if (frozen >= MOST_FREEZES) throw interrupted(frozen, moved)
  if (await bindsAreUnderWay(deps, moved)) {
    return {
      kind: 'next',
      stage: 'gather',
      afterMs: BINDS_MS,
      note: 'waiting for the bindings that are being made or removed'
    }
  }
  const slot = takeSlot(deps, frozen > 0)
  if (!slot) {
    // Whoever waits there lets others bind meanwhile.
    const stage = moved.record.kind === 'switch' ? 'ready' : 'gather'
    return { kind: 'next', stage, afterMs: ROOM_MS, note: 'waiting until other moves are done' }
  }
  await whileShut(deps, moved, call, begin(deps, moved, call)).catch(async (thrown: unknown) => {
    await slot.release()
    throw thrown
  })
  // From the first moment of the freeze on the application may fail to write: that moment is committed first.
  const freezes = entering(deps, moved.record, 'freeze')
  return {
    kind: 'next',
    stage: 'freeze',
    afterMs: 0,
    // The throwaway logins are this attempt's: no other process may freeze with them.
    held: slot,
    note: moved.record.kind === 'switch' ? 'freezing the source' : 'pinning the source',
    ...(moved.record.kind === 'switch' ? { within: freezes } : {})
  }
}

function interrupted(times: number, { subject }: MoveSubject): GivesUp {
  const { description } = subject.operation
  const last = description === undefined ? '' : `; the last that was heard: ${description}`
  return new GivesUp('unavailable', `it was interrupted ${times} times while the source was frozen${last}`)
}

async function begin(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<void> {
  await moved.move.begin(await movingOf(deps, moved, call), call)
}

async function bindsAreUnderWay(deps: EngineDeps, { record }: MoveSubject): Promise<boolean> {
  const open = await deps.store.database.read((session) =>
    deps.store.operations.openOfInstance(session, record.instance)
  )
  return open.some(({ kind }) => kind === 'bind' || kind === 'unbind')
}

/** The move with every login made at the target, under its own name unless that is taken there. Idempotent. */
export async function gatherLogins(deps: EngineDeps, moved: MoveSubject, call: MoveCall): Promise<Moving> {
  const { access } = await sideOf(deps, moved.to, call)
  const made = new Map<string, Login>()
  for (const binding of moved.bindings) made.set(binding.id, await madeLogin(moved, access, binding, call))
  return movingOf(deps, moved, call, (binding) => made.get(binding.id) ?? loginOf(binding))
}

async function madeLogin(
  { family, record }: MoveSubject,
  access: Access,
  binding: Binding,
  call: MoveCall
): Promise<Login> {
  if (!family.bind) throw new GivesUp('invalid', `logins of ${family.name} cannot be moved`)
  const own = loginOf(binding)
  try {
    await family.bind(access, own, binding.parameters, call)
    return own
  } catch (thrown) {
    if (!(thrown instanceof ProviderFailure) || thrown.kind !== 'conflict') throw thrown
  }
  const other = otherLogin(binding, record)
  await family.bind(access, other, binding.parameters, call)
  return other
}
