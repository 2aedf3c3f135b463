import type { Known, Standing } from '../../domain/drift.ts'
import type { Instance } from '../../domain/instance.ts'
import type { Session } from '../../store/session.ts'
import type { OperatorDeps } from './deps.ts'
import { shellWord } from './shell-word.ts'

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
    ['service', service ?? 'SERVICE'],
    ['plan', plan ?? 'PLAN'],
    ['platform', known?.resource.platform || 'NAME'],
    ['instance', known?.osbInstance || 'ID'],
    ['organization', instance?.organization ?? ''],
    ['space', instance?.space ?? '']
  ] as const
  const given = options.filter(([, value]) => value !== '')
  return [
    `portolan instances adopt ${shellWord(orphan.name)}`,
    ...given.map(([name, value]) => `--${name} ${shellWord(value)}`)
  ].join(' ')
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
