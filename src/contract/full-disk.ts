/** The state of a full disk (PostgreSQL, appendix A). */
export const DISK_FULL = '53100'

/** What a server says in English where it tells no state of its own for it: at a login, and of a quota. */
const WORDS = /could not write init file|no space left on device|disk quota exceeded/i
const NO_STATE = 'XX000'

/** Whether PostgreSQL refused something because it has no room to write, by the SQLSTATE and, where that says nothing, by its words. */
export function isDiskFull(code: string, words: string): boolean {
  return code === DISK_FULL || (code === NO_STATE && WORDS.test(words))
}
