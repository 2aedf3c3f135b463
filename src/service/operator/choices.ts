import type { Known } from '../../domain/drift.ts'
import { ORPHAN_KEPT_MS } from '../../domain/orphan.ts'
import type { Resource } from '../../domain/resource.ts'
import type { KnownOrphan } from '../../store/orphans.ts'
import type { Choice } from './drift-view.ts'
import { shellWord } from './shell-word.ts'
import { timeOf } from './time.ts'

/** Of an orphan; of a leftover with what the books still know of its instance. `adopt`: the command. */
export function orphanChoices(
  orphan: { readonly provider: string; readonly name: string },
  since: KnownOrphan | undefined,
  known: Known | undefined,
  adopt: string
): readonly Choice[] {
  if (known?.isPointedAt) return [look(known.resource)]
  const from = since === undefined ? {} : { from: timeOf(since.firstSeenAt + ORPHAN_KEPT_MS) }
  return [
    { choice: 'adopt', command: adopt },
    {
      choice: 'delete',
      command: `portolan drift delete ${shellWord(orphan.provider)} ${shellWord(orphan.name)}`,
      ...from
    }
  ]
}

/** Of what the books say stands, and that is not there. `leaving`: the switch that left it behind. */
export function missingChoices(
  { resource, isPointedAt }: Known,
  leaving: string | undefined
): readonly Choice[] {
  if (isPointedAt)
    return [{ choice: 'forget', command: `portolan instances forget ${shellWord(resource.instance)}` }]
  if (resource.state === 'retained' && leaving !== undefined)
    return [{ choice: 'erase', command: `portolan switch erase ${shellWord(leaving)}` }]
  return [look(resource)]
}

export function look({ instance }: Resource): Choice {
  return { choice: 'look', command: `portolan instances show ${shellWord(instance)}` }
}
