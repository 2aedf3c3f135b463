/** When to look again, when to try again. Pure; jitter is a parameter in [0, 1). */

const SECOND = 1000
const FIRST_RETRY_MS = SECOND
const LONGEST_RETRY_MS = 60 * SECOND
/** A clean-up has no limit in time, so it may be slower. */
const LONGEST_CLEAN_UP_RETRY_MS = 15 * 60 * SECOND
const SOONEST_LOOK_MS = SECOND
const LONGEST_LOOK_MS = 15 * SECOND

/** A pause that doubles with every failure in a row, between half and all of it. */
export function retryAfterMs(failures: number, jitter: number, cleanUp: boolean): number {
  const longest = cleanUp ? LONGEST_CLEAN_UP_RETRY_MS : LONGEST_RETRY_MS
  const full = Math.min(longest, FIRST_RETRY_MS * 2 ** Math.min(failures, 20))
  return Math.round(full * (0.5 + jitter / 2))
}

const WITHOUT_BUDGET_MS = 60 * SECOND

/** For a try that the budget of its provider has no room for: between once and twice a minute, so that those who failed together come apart. */
export function withoutBudgetMs(jitter: number): number {
  return Math.round(WITHOUT_BUDGET_MS * (1 + jitter))
}

/** The longest that a provider may have us wait: what it stands on must not be forgotten because it names a far day. */
const LONGEST_TOLD_MS = 3600 * SECOND

/** What a provider told, in whole milliseconds; 0 for what is no time. */
export function toldMs(seconds: number): number {
  return seconds > 0 ? Math.ceil(Math.min(seconds * SECOND, LONGEST_TOLD_MS)) : 0
}

/** A young operation is looked at often, an old one rarely: a tenth of its age. */
export function lookAgainAfterMs(ageMs: number, jitter: number): number {
  const full = Math.min(LONGEST_LOOK_MS, Math.max(SOONEST_LOOK_MS, ageMs / 10))
  return Math.round(full * (0.9 + jitter / 10))
}

/** Never past the deadline, so that the end is told in time. */
export function withinDeadline(afterMs: number, now: number, deadlineAt: number | undefined): number {
  return deadlineAt === undefined ? afterMs : Math.max(0, Math.min(afterMs, deadlineAt - now))
}
