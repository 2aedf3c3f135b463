/** Lines that brokers wrote, and secrets that tests saw or sent: what must never meet. */
export interface Journal {
  keepLine(line: string): void
  /** What is too short to be told from chance is passed over. */
  keepSecret(...secrets: readonly (string | undefined)[]): void
  readonly lineCount: number
  readonly secrets: readonly string[]
  /** Lines that hold a secret: as it is, as JSON writes it, as a URL writes it, or in base64. */
  leaks(): readonly string[]
}

const SHORTEST = 8

export function newJournal(): Journal {
  const lines: string[] = []
  const secrets = new Set<string>()
  return {
    keepLine: (line) => void lines.push(line),
    keepSecret(...given) {
      for (const secret of given) if (secret !== undefined && secret.length >= SHORTEST) secrets.add(secret)
    },
    get lineCount() {
      return lines.length
    },
    get secrets() {
      return [...secrets]
    },
    leaks() {
      const text = lines.join('\n')
      const found = [...new Set([...secrets].flatMap(spellingsOf))].filter((each) => text.includes(each))
      return found.length === 0 ? [] : lines.filter((line) => found.some((secret) => line.includes(secret)))
    }
  }
}

function spellingsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, '')
  ]
}

/** Of the whole run: every broker process and every client of the tests writes here. */
export const journal = newJournal()
export const { keepLine, keepSecret } = journal
