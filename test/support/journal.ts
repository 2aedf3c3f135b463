/**
 * Every line that brokers under test wrote, and every secret that tests saw or sent, over the whole run: what must never meet.
 */
export interface Journal {
  readonly lines: string[]
  readonly secrets: Set<string>
}

const journal: Journal = { lines: [], secrets: new Set() }

/** Shorter texts turn up by chance. */
const SHORTEST = 8

export function keepLine(line: string): void {
  journal.lines.push(line)
}

export function keepSecret(...secrets: readonly (string | undefined)[]): void {
  for (const secret of secrets)
    if (secret !== undefined && secret.length >= SHORTEST) journal.secrets.add(secret)
}

export function linesKept(): number {
  return journal.lines.length
}

export function secretsKept(): number {
  return journal.secrets.size
}

/** Lines that hold a secret, as it is, as JSON writes it, as a URL writes it, or in base64. */
export function leaks(): readonly string[] {
  const spellings = [...journal.secrets].flatMap(spellingsOf)
  const text = journal.lines.join('\n')
  const found = [...new Set(spellings)].filter((each) => text.includes(each))
  if (found.length === 0) return []
  return journal.lines.filter((line) => found.some((secret) => line.includes(secret)))
}

function spellingsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, '')
  ]
}
