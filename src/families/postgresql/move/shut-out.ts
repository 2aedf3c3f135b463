import { stepComment } from '../../../contract/mark.ts'
import { dissolve } from '../dissolve.ts'
import { lockOut } from '../lock-out.ts'
import type { Place } from '../place.ts'

export interface StepRole {
  readonly name: string
  readonly oid: number
}

/** Throwaway logins of this resource, of whichever attempt and operation. */
export async function findSteps({ access, outside }: Place): Promise<readonly StepRole[]> {
  const rows = await outside.query(
    `-- look for throwaway logins
     SELECT oid, rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = $1 ORDER BY 2`,
    [stepComment(access.database)]
  )
  return rows.map((row) => ({ name: String(row['rolname']), oid: Number(row['oid']) }))
}

/** From here on nobody acts as one of them. They still stand, with what they own. */
export async function shutOutSteps(place: Place): Promise<readonly StepRole[]> {
  const steps = await findSteps(place)
  for (const { name, oid } of steps) await lockOut(place, name, oid)
  return steps
}

/** Shut out, then gone: what a tenant's code made as one of them goes to the group. */
export async function removeSteps(place: Place): Promise<void> {
  for (const { name, oid } of await shutOutSteps(place)) await dissolve(place, name, oid)
}
