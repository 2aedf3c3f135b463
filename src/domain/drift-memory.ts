import type { Diagnosis } from './diagnosis.ts'
import { DRIFTS, type DriftKind } from './drift.ts'

/** What the last looks found, as the books remember it. */
export interface DriftMemory {
  /** Only what there is. */
  readonly counts: readonly {
    readonly provider: string
    readonly kind: RememberedKind
    readonly count: number
  }[]
  readonly looks: readonly {
    readonly provider: string
    readonly family: string
    readonly lookedAt: number
  }[]
}

export const REMEMBERED_KINDS = ['orphan', ...DRIFTS] as const

export type RememberedKind = 'orphan' | DriftKind

const WORDS: Readonly<Record<RememberedKind, (count: number) => string>> = {
  orphan: (count) => (count === 1 ? '1 orphan' : `${count} orphans`),
  missing: (count) => `${count} missing`,
  differing: (count) => `${count} of another generation`,
  broken: (count) => `${count} broken`
}

/** One line for each provider that was looked at. */
export function diagnoseDrift({ counts, looks }: DriftMemory): readonly Diagnosis[] {
  const providers = new Set([...looks, ...counts].map(({ provider }) => provider))
  return [...providers].toSorted().map((provider) => {
    const found = counts.filter((each) => each.provider === provider)
    const oldest = looks.filter((each) => each.provider === provider).map(({ lookedAt }) => lookedAt)
    const about = { about: `provider ${provider}`, subject: 'drift' } as const
    const when = oldest.length === 0 ? '' : `; looked at ${timeOf(Math.min(...oldest))} UTC`
    if (found.length === 0) return { ...about, level: 'ok', text: `nothing differs from the store${when}` }
    const text = found.map(({ kind, count }) => WORDS[kind](count)).join(', ')
    return { ...about, level: 'warning', text: `${text}${when}`, remedy: 'portolan drift' }
  })
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
