import { diagnoseProblem } from '../../catalog/diagnose-problem.ts'
import { type Diagnosis, worstOf } from '../../domain/diagnosis.ts'
import { diagnoseDrift } from '../../domain/drift-memory.ts'
import { driftMemory } from '../../store/drift-memory.ts'
import type { OperatorDeps } from './deps.ts'
import { inspectPlans } from './inspect-plans.ts'

/** So many failures in a row are worth a look. */
const STUCK_FAILURES = 5
const OPEN_OPERATIONS = 1000

/** What is right and wrong as the running broker sees it, every provider asked anew. */
export async function diagnose(
  deps: OperatorDeps
): Promise<{ readonly worst: Diagnosis['level']; readonly findings: readonly Diagnosis[] }> {
  const providers = await Promise.all(
    deps.providers.map(async (name) =>
      (await deps.inspect(name)).map((finding) => ({ about: `provider ${name}`, ...finding }))
    )
  )
  const findings = [
    ...recoveryFindings(deps),
    ...catalogFindings(deps),
    ...(await storeFindings(deps)),
    ...providers.flat(),
    ...(await inspectPlans(deps)),
    ...(await driftFindings(deps)),
    ...circuitFindings(deps)
  ]
  return { worst: worstOf(findings), findings }
}

async function driftFindings({ store }: OperatorDeps): Promise<readonly Diagnosis[]> {
  return diagnoseDrift(await store.database.read((session) => driftMemory(store, session)))
}

/** Asked after the providers were: what they have just answered counts. */
function circuitFindings({ circuits }: OperatorDeps): readonly Diagnosis[] {
  return circuits().map(({ provider, target, restsForMs }) => ({
    about: `provider ${provider}`,
    level: 'warning',
    subject: target,
    text: `does not answer: ${restsForMs > 0 ? `it is left alone for ${Math.ceil(restsForMs / 1000)} s more` : 'the next call asks it again'}`,
    remedy: 'nothing, if the provider mends it: work that waits goes on by itself'
  }))
}

function recoveryFindings({ audit }: OperatorDeps): readonly Diagnosis[] {
  const reason = audit.reason()
  if (!reason) return []
  const { witness, seen, found } = reason
  return [
    {
      about: 'store',
      level: 'refused',
      subject: 'recovery',
      text: `the store ends with the link ${found.number} of the audit, and ${witness} saw the link ${seen.number}: the broker only answers reads`,
      remedy: 'portolan recover'
    }
  ]
}

function catalogFindings({ catalog }: OperatorDeps): readonly Diagnosis[] {
  const problems = catalog.problems()
  if (problems.length > 0) return problems.map(diagnoseProblem)
  const { offerings } = catalog.current()
  const plans = offerings.reduce((sum, offering) => sum + offering.plans.length, 0)
  const text = `${offerings.length} offerings with ${plans} plans`
  return [{ about: 'catalog', level: 'ok', subject: 'files', text }]
}

function writesFinding(subject: string, refusal: string): Diagnosis {
  return {
    about: 'store',
    level: 'refused',
    subject,
    text: `takes no writes: ${refusal}`,
    remedy: 'mend that: what could not be written is tried again by itself'
  }
}

async function storeFindings({ store, writes }: OperatorDeps): Promise<readonly Diagnosis[]> {
  const { database, operations } = store
  const open = await database.read((session) =>
    operations.list(session, { state: 'in progress', limit: OPEN_OPERATIONS })
  )
  const stuck = open.filter(({ failures }) => failures >= STUCK_FAILURES)
  const refusal = await writes.refusal()
  return [
    {
      about: 'store',
      level: 'ok',
      subject: database.dialect,
      text: `answers; ${open.length} operations in progress`
    },
    ...(refusal === undefined ? [] : [writesFinding(database.dialect, refusal)]),
    ...stuck.map(({ id, kind, failures, description = 'it says nothing' }) => ({
      about: 'store',
      level: 'warning' as const,
      subject: `operation ${id}`,
      text: `the ${kind} failed ${failures} times in a row: ${description}`,
      remedy: `portolan operations retry ${id}, or portolan operations fail ${id}`
    }))
  ]
}
