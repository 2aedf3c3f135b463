import type { Switch, SwitchState } from '../../domain/switch.ts'
import type { Session } from '../../store/session.ts'
import type { SwitchFilter } from '../../store/switches.ts'
import { oneMore, type Page, type PageRequest, pageOf } from '../operator/page.ts'
import type { Asker } from './asker.ts'
import type { SwitchDeps } from './deps.ts'
import { findOwnInstance } from './find-switch.ts'
import { viewOf } from './switch-details.ts'
import type { SwitchView } from './switch-view.ts'

export interface SwitchQuery extends PageRequest {
  /** Our id, or the platform's. */
  readonly instance?: string
  readonly kind?: Switch['kind']
  readonly state?: SwitchState
  readonly platform?: string
}

/** The newest first. */
export async function listSwitches(
  deps: SwitchDeps,
  asker: Asker,
  query: SwitchQuery
): Promise<Page<SwitchView>> {
  const { store } = deps
  return store.database.read(async (session) => {
    const filter = await filterOf(deps, session, asker, query)
    const rows = filter === 'nothing' ? [] : await store.switches.list(session, oneMore(filter))
    const views = new Map(
      await Promise.all(rows.map(async (row) => [row.id, await viewOf(deps, session, row)] as const))
    )
    return pageOf(rows, query, ({ id }) => views.get(id) as SwitchView)
  })
}

/** A platform that asks for another one's finds nothing. */
async function filterOf(
  deps: SwitchDeps,
  session: Session,
  asker: Asker,
  { instance, ...query }: SwitchQuery
): Promise<SwitchFilter | 'nothing'> {
  const own = asker.kind === 'platform' ? asker.caller.platform.name : query.platform
  if (query.platform !== undefined && query.platform !== own) return 'nothing'
  return {
    ...query,
    ...(own === undefined ? {} : { platform: own }),
    ...(instance === undefined
      ? {}
      : { instance: (await findOwnInstance(deps, session, asker, instance)).id })
  }
}
