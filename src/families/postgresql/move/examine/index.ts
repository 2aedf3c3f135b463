import type { PostgresqlAccess } from '../../../../contract/access.ts'
import type { Examination, MoveFinding, MoveSide } from '../../../../contract/move.ts'
import type { MoveCall, PostgresqlSession } from '../../../../contract/ports.ts'
import { maintenance } from '../../names.ts'
import { inTenantDatabase } from '../../tenant-database.ts'
import { closed } from './closed.ts'
import { contents } from './contents.ts'
import { effectsOf, estimateOf, sizeOf } from './estimate.ts'
import { extensions } from './extensions.ts'
import { locales } from './locales.ts'
import { finding, type Group, type TargetLook } from './look.ts'
import { namesInside } from './names-inside.ts'
import { rights } from './rights.ts'
import { room } from './room.ts'
import { serverFacts } from './server-facts.ts'
import { settings } from './settings.ts'
import { transactions } from './transactions.ts'
import { unsupported } from './unsupported.ts'
import { versions } from './versions.ts'

/** A new database is made from it. */
const TEMPLATE = 'template0'

/** Of one id, as many are told one by one. */
const SHOWN = 50

const GROUPS: readonly Group[] = [
  closed,
  versions,
  rights,
  transactions,
  extensions,
  locales,
  unsupported,
  namesInside,
  room,
  contents,
  settings
]

interface Target {
  readonly access: PostgresqlAccess
  readonly stands: boolean
}

/** Only looks, and only at catalogs: nothing that a tenant made is evaluated. */
export async function examine(
  from: MoveSide<PostgresqlAccess>,
  to: Target | undefined,
  call: MoveCall
): Promise<Examination> {
  const { access } = from
  return call.postgresql(
    access,
    (outside) =>
      atTarget(to, call, (target) =>
        inTenantDatabase(access, access.database, outside, call, (inside) =>
          examined(from, outside, inside, target, call)
        )
      ),
    maintenance(access)
  )
}

function atTarget<T>(
  to: Target | undefined,
  call: MoveCall,
  use: (target: TargetLook | undefined) => Promise<T>
): Promise<T> {
  if (to === undefined) return use(undefined)
  return call.postgresql(
    to.access,
    async (outside) =>
      use({ outside, facts: await serverFacts(outside, to.stands ? to.access.database : TEMPLATE) }),
    maintenance(to.access)
  )
}

async function examined(
  from: MoveSide<PostgresqlAccess>,
  outside: PostgresqlSession,
  inside: PostgresqlSession,
  target: TargetLook | undefined,
  call: MoveCall
): Promise<Examination> {
  const source = await serverFacts(outside, from.access.database)
  const look = { from, outside, inside, source, target, call }
  const findings: MoveFinding[] = []
  for (const group of GROUPS) findings.push(...(await group(look)))
  const size = await sizeOf(inside)
  const estimate = estimateOf(size)
  return { findings: shortened(findings), size, estimate, effects: effectsOf(estimate) }
}

/** A thousand tables of one kind are one line more. */
function shortened(findings: readonly MoveFinding[]): readonly MoveFinding[] {
  const byId = new Map<string, MoveFinding[]>()
  for (const each of findings) {
    const key = `${each.level} ${each.id}`
    byId.set(key, [...(byId.get(key) ?? []), each])
  }
  return [...byId.values()].flatMap((all) => {
    const [first] = all
    if (first === undefined || all.length <= SHOWN) return all
    const more = finding(first.id, first.level, `${all.length - SHOWN} more`, 'The same is true of others.')
    return [...all.slice(0, SHOWN), more]
  })
}
