import type { Finding } from '../contract/adapter.ts'

/** One line of `portolan doctor`. */
export interface Diagnosis extends Finding {
  /** The part of the broker: `settings`, `store`, `catalog`, `provider berlin`. */
  readonly about: string
}

const LEVELS: readonly Finding['level'][] = ['ok', 'warning', 'refused']

/** Nothing found is nothing wrong. */
export function worstOf(findings: readonly Pick<Finding, 'level'>[]): Finding['level'] {
  return LEVELS[Math.max(0, ...findings.map(({ level }) => LEVELS.indexOf(level)))] ?? 'ok'
}
