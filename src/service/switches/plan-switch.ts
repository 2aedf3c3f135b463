import type { Examination, MoveFinding, MoveFindingLevel } from '../../contract/move.ts'
import type { Place } from '../../domain/switch.ts'
import { guardFindings, type Wanted, whyUnable } from './accept-switch.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findOwnInstance } from './find-switch.ts'
import { behalfOf, type DestinationRequest, wantedSwitch } from './wanted-switch.ts'

/** What a switch would meet. Nothing was touched. */
export interface SwitchPlan extends Partial<Pick<Examination, 'size' | 'estimate'>> {
  /** Our id. */
  readonly instance: string
  /** The platform's own. */
  readonly osbInstance: string
  readonly from: Place
  readonly to: Place
  /** False: something blocks it, whatever is accepted. */
  readonly begins: boolean
  /** Ids of findings that have to be accepted for it to begin. */
  readonly accept: readonly string[]
  /** What blocks first. */
  readonly findings: readonly MoveFinding[]
  /** What the application will feel. */
  readonly effects: readonly string[]
}

const ORDER: readonly MoveFindingLevel[] = ['blocking', 'accept', 'warning', 'note']

/** The pre-check: what catalog and policy say, and what both ends say. */
export async function planSwitch(
  deps: SwitchDeps,
  asker: Asker,
  request: DestinationRequest
): Promise<SwitchPlan> {
  const { wanted, platform } = await deps.store.database.read(async (session) => {
    const instance = await findOwnInstance(deps, session, asker, request.instance)
    const caller = behalfOf(deps, asker, instance)
    return {
      platform: caller.platform,
      wanted: await wantedSwitch(deps, session, caller, instance, request)
    }
  })
  const unable = whyUnable(deps, wanted.from, wanted.to)
  const examined = unable === undefined ? await deps.examine(wanted) : undefined
  const found = [
    ...(unable === undefined ? [] : [cannotMove(wanted, unable)]),
    ...guardFindings(deps, platform, wanted),
    ...(examined?.findings ?? [])
  ]
  return answerOf(wanted, found, examined)
}

function answerOf(
  { instance, from, to, region }: Omit<Wanted, 'kind'>,
  found: readonly MoveFinding[],
  examined: Examination | undefined
): SwitchPlan {
  const findings = found.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level))
  const needed = findings.filter(({ level }) => level === 'accept').map(({ id }) => id)
  return {
    instance: instance.id,
    osbInstance: instance.osbId,
    from: { provider: from.provider, plan: from.name, region: instance.region },
    to: { provider: to.provider, plan: to.name, region },
    begins: findings.every(({ level }) => level !== 'blocking'),
    accept: [...new Set(needed)],
    findings,
    ...(examined ? { size: examined.size, estimate: examined.estimate } : {}),
    effects: examined?.effects ?? []
  }
}

function cannotMove({ instance }: Omit<Wanted, 'kind'>, text: string): MoveFinding {
  return { id: 'cannot-move', level: 'blocking', subject: `instance ${instance.osbId}`, text }
}
