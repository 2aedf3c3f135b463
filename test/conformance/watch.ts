import { inspect } from 'node:util'

/** Hears all that would reach a log or a person, and knows every secret that must not be in it. */
export interface Watch {
  /** A sentence that is wrong about the driver. */
  problem(sentence: string): void
  hear(where: string, said: unknown): void
  secret(value: string): string
  problems(): readonly string[]
}

export function openWatch(): Watch {
  const found = new Set<string>()
  const heard: { readonly where: string; readonly said: string }[] = []
  const secrets = new Set<string>()
  return {
    problem: (sentence) => void found.add(sentence),
    hear: (where, said) => void heard.push({ where, said: inspect(said, { depth: 10 }) }),
    secret(value) {
      // Shorter ones would be found in innocent words.
      if (value.length >= 8) secrets.add(value)
      return value
    },
    problems() {
      for (const { where, said } of heard) {
        if ([...secrets].some((secret) => said.includes(secret))) found.add(`${where} tells a secret`)
      }
      return [...found]
    }
  }
}
