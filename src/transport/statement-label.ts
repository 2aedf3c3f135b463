/** Key words that say what a statement is; a statement's own text could hold values. */
const KEYWORDS = /^\s*((?:[A-Z]+\s+){0,4}[A-Z]+)\b/

/** A short name of a statement for failures and metrics: the comment it begins with, else its first key words in capitals. */
export function statementLabel(sql: string): string {
  const comment = /^\s*-- ([\w ,-]{1,40})\n/.exec(sql)?.[1]
  if (comment !== undefined) return comment
  return KEYWORDS.exec(sql)?.[1]?.replaceAll(/\s+/g, ' ') ?? 'a statement'
}
