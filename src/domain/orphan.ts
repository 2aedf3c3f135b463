/** So long an orphan is known before it may be deleted: whoever misses it has a week to say so. */
export const ORPHAN_KEPT_MS = 7 * 24 * 3600 * 1000
