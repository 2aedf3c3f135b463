/** Quoting for statements of PostgreSQL that take no parameters: CREATE, ALTER, GRANT, COMMENT. */

/** An identifier, always in quotes: `p"1` becomes `"p""1"`. */
export function quoteName(name: string): string {
  return `"${refuseNul(name).replaceAll('"', '""')}"`
}

/** A text; a backslash means itself whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const quoted = `'${refuseNul(text).replaceAll("'", "''")}'`
  return quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** The server would take everything behind it for another message. */
function refuseNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('no NUL in SQL')
  return text
}
