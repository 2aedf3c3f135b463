import type { MoveFinding } from '../contract/move.ts'
import type { Plan, Provider } from './offer.ts'

/** One end of a move, as the catalog knows it. */
export interface GuardedEnd {
  readonly plan: Plan
  /** Absent: the catalog does not know it any more. */
  readonly provider: Provider | undefined
  readonly region: string
}

/** ISO 3166-1 alpha-2: the European Economic Area. */
const EEA: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' ')
)

/**
 * What the target has not that the source has: where the data lies, who runs it, what is certified, whom the server is shared
 * with. Each needs its id in `accept`; one that the platform's policy forbids cannot be accepted. Pure.
 */
export function guard(
  from: GuardedEnd,
  to: GuardedEnd,
  forbidden: readonly string[] = []
): readonly MoveFinding[] {
  return [...places(from, to), ...certifications(from, to), ...isolation(from, to)].map((finding) => {
    const rule = forbidden.find((each) => finding.id === each || finding.id.startsWith(`${each}:`))
    if (rule === undefined) return finding
    return { ...finding, level: 'blocking', remedy: `The policy of this platform forbids ${rule}.` }
  })
}

function places(from: GuardedEnd, to: GuardedEnd): readonly MoveFinding[] {
  const findings: MoveFinding[] = []
  const there = countryOf(to)
  if (isInEea(countryOf(from)) && !isInEea(there)) {
    const text = `The data would leave the European Economic Area, for ${there ?? 'a country that is not known'}.`
    findings.push(needed('leaves-eea', `region ${to.region}`, text))
  }
  if (isInEea(from.provider?.country) && !isInEea(to.provider?.country)) {
    const text = `${to.provider?.displayName ?? to.plan.provider} has its seat outside the European Economic Area, in ${to.provider?.country ?? 'a country that is not known'}.`
    findings.push(needed('seat-leaves-eea', `provider ${to.plan.provider}`, text))
  }
  return findings
}

function certifications(from: GuardedEnd, to: GuardedEnd): readonly MoveFinding[] {
  const kept = to.provider?.certifications ?? []
  return (from.provider?.certifications ?? [])
    .filter((each) => !kept.includes(each))
    .map((each) =>
      needed(
        `loses-certification:${each}`,
        `provider ${to.plan.provider}`,
        `${from.plan.provider} is certified for ${each}, ${to.plan.provider} is not.`
      )
    )
}

function isolation(from: GuardedEnd, to: GuardedEnd): readonly MoveFinding[] {
  if (from.plan.isolation !== 'dedicated' || to.plan.isolation === 'dedicated') return []
  const text = `${from.plan.name} has a server to itself, ${to.plan.name} shares one with other tenants.`
  return [needed('loses-isolation', `plan ${to.plan.name}`, text)]
}

function needed(id: string, subject: string, text: string): MoveFinding {
  return { id, level: 'accept', subject, text, remedy: `Name ${id} in parameters.switch.accept to go on.` }
}

function countryOf({ provider, region }: GuardedEnd): string | undefined {
  return provider?.regions.find(({ name }) => name === region)?.country ?? provider?.country
}

function isInEea(country: string | undefined): boolean {
  return country !== undefined && EEA.has(country)
}
