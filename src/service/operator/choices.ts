import type { Known } from '../../domain/drift.ts'
import { ORPHAN_KEPT_MS } from '../../domain/orphan.ts'
import type { Resource } from '../../domain/resource.ts'
import type { KnownOrphan } from '../../store/orphans.ts'
import type { Choice } from './drift-view.ts'
import { timeOf } from './time.ts'

/** Of an orphan; of a leftover with what the books still know of its instance. */
export function orphanChoices(
  orphan: { readonly provider: string; readonly name: string },
  since: KnownOrphan | undefined,
  known: Known | undefined
): readonly Choice[] {
  if (known?.isPointedAt) return [look(known.resource)]
  const { platform = '' } = known?.resource ?? {}
  const [where, which] = [words(platform) || 'NAME', words(known?.osbInstance ?? '') || 'ID']
  const from = since === undefined ? {} : { from: timeOf(since.firstSeenAt + ORPHAN_KEPT_MS) }
  return [
    {
      choice: 'adopt',
      command: `portolan instances adopt ${words(orphan.name)} --plan PLAN --platform ${where} --instance ${which}`
    },
    {
      choice: 'delete',
      command: `portolan drift delete ${words(orphan.provider)} ${words(orphan.name)}`,
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
    return [{ choice: 'forget', command: `portolan instances forget ${words(resource.instance)}` }]
  if (resource.state === 'retained' && leaving !== undefined)
    return [{ choice: 'erase', command: `portolan switch erase ${words(leaving)}` }]
  return [look(resource)]
}

export function look({ instance }: Resource): Choice {
  return { choice: 'look', command: `portolan instances show ${words(instance)}` }
}

/** As a shell takes it: somebody else may have chosen the name. */
function words(name: string): string {
  return /^[\w.:@-]*$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`
}
