import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** First arguments of `it` and `describe` in a source text, template literals as they are written. */
export function titlesIn(source: string): readonly string[] {
  const calls = /\b(?:it|describe)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g
  return [...source.matchAll(calls)].map(([, , title = '']) => title)
}

/** Of every TypeScript file below the folders. */
export function titlesBelow(...folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => titlesIn(readFileSync(join(folder, name), 'utf8')))
  )
}

/** Ids of the OSB checklist in a title: `P-05`, `LB-01`, `O-1`. */
export function idsIn(title: string): readonly string[] {
  return title.match(/\b(?:LB|BF|UB|[GCSLPFUBRDO])-\d{1,2}\b/g) ?? []
}

/** Ids of what a switch has to do: `SW-05`. */
export function switchIdsIn(title: string): readonly string[] {
  return title.match(/\bSW-\d{2}\b/g) ?? []
}
