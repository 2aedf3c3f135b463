import type { Known, Standing } from '../../domain/drift.ts'
import type { Instance } from '../../domain/instance.ts'
import type { Session } from '../../store/session.ts'
import { commandLine } from './command-line.ts'
import type { OperatorDeps } from './deps.ts'

/** The command that adopts an orphan, filled in as far as catalog and books can tell; words in capitals are the operator's. */
export async function adoptCommand(
  deps: OperatorDeps,
  session: Session,
  orphan: Standing,
  known: Known | undefined
): Promise<string> {
  const instance = known && (await deps.store.instances.byId(session, known.resource.instance))
  const { service, plan } = planOf(deps, orphan, instance)
  const options = [
    ['service', service ?? 'SERVICE', 'SERVICE'],
    ['plan', plan ?? 'PLAN', 'PLAN'],
    ['platform', known?.resource.platform || 'NAME', 'NAME'],
    ['instance', known?.osbInstance || 'ID', 'ID'],
    ['organization', instance?.organization ?? '', 'ID'],
    ['space', instance?.space ?? '', 'ID']
  ] as const
  const given = options.filter(([, text]) => text !== '')
  return commandLine(
    'portolan instances adopt',
    [{ text: orphan.name, instead: 'NAME' }],
    Object.fromEntries(given.map(([name, text, instead]) => [name, { text, instead }]))
  )
}

/** The plan that its instance had, else the only one there is. */
function planOf(
  { catalog }: OperatorDeps,
  { provider, family }: Standing,
  instance: Instance | undefined
): { readonly service?: string; readonly plan?: string } {
  const offerings = catalog.current().offerings.filter((each) => each.family === family)
  const plans = offerings.flatMap((offering) =>
    offering.plans
      .filter((each) => each.provider === provider)
      .map(({ id, name }) => ({ id, plan: name, service: offering.name }))
  )
  const had = plans.find(({ id }) => id === instance?.planId)
  if (had) return had
  const services = new Set(plans.map(({ service }) => service))
  const [first, ...others] = plans
  if (!first || services.size > 1) return {}
  return others.length === 0 ? first : { service: first.service }
}
