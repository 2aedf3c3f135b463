import type { Known } from '../../domain/drift.ts'
import { ORPHAN_KEPT_MS } from '../../domain/orphan.ts'
import type { Resource } from '../../domain/resource.ts'
import type { KnownOrphan } from '../../store/orphans.ts'
import { commandLine } from './command-line.ts'
import type { Choice } from './drift-view.ts'
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
      command: commandLine('portolan drift delete', [
        { text: orphan.provider, instead: 'PROVIDER' },
        { text: orphan.name, instead: 'NAME' }
      ]),
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
    return [{ choice: 'forget', command: withId('portolan instances forget', resource.instance) }]
  if (resource.state === 'retained' && leaving !== undefined)
    return [{ choice: 'erase', command: withId('portolan switch erase', leaving) }]
  return [look(resource)]
}

export function look({ instance }: Resource): Choice {
  return { choice: 'look', command: withId('portolan instances show', instance) }
}

function withId(command: string, id: string): string {
  return commandLine(command, [{ text: id, instead: 'ID' }])
}
