import { createHash } from 'node:crypto'
import type { MoveDifference } from '../../../contract/move.ts'
import type { Line } from './reading.ts'
import type { Counted } from './row-hash.ts'

const SHOWN = 300
const NONE = 'none'

/** By what each is called. Several of one name (parts of foreign keys) are told apart in the order of their texts. */
export function byObject(lines: readonly Line[]): ReadonlyMap<string, Line> {
  const found = new Map<string, Line>()
  for (const line of lines.toSorted((a, b) => order(a.object, b.object) || order(a.text, b.text))) {
    let { object } = line
    for (let again = 2; found.has(object); again += 1) object = `${line.object} (${again})`
    found.set(object, { ...line, object })
  }
  return found
}

/** What differs of everything but rows. `same` decides on two things that are not equal, of which one may not be there. */
export function differencesOf(
  from: ReadonlyMap<string, Line>,
  to: ReadonlyMap<string, Line>,
  same: (from: Line | undefined, to: Line | undefined) => boolean
): readonly MoveDifference[] {
  const differences: MoveDifference[] = []
  for (const object of new Set([...from.keys(), ...to.keys()])) {
    const [one, other] = [from.get(object), to.get(object)]
    if (one?.text === other?.text) continue
    if (same(one, other)) continue
    differences.push({ object, ...shown(one, other) })
  }
  return differences
}

/** Contents are told by their size only. */
export function rowDifference(
  name: string,
  from: Counted | undefined,
  to: Counted | undefined
): MoveDifference {
  const told = (one: Counted | undefined, other: Counted | undefined) => {
    if (one === undefined) return NONE
    return one.rows === other?.rows ? `${one.rows} rows, other content` : `${one.rows} rows`
  }
  return { object: `rows of ${name}`, source: told(from, to), target: told(to, from) }
}

function shown(from: Line | undefined, to: Line | undefined) {
  const kind = from?.kind ?? to?.kind
  if (kind === 'large object') return { source: sized(from), target: sized(to) }
  const [one, other] = [partsOf(from), partsOf(to)]
  if (one === undefined || other === undefined) return { source: cut(from?.text), target: cut(to?.text) }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])
  )
  return { source: cut(partsText(one, keys)), target: cut(partsText(other, keys)) }
}

function sized(line: Line | undefined): string {
  if (line === undefined) return NONE
  return `${line.text.split(',')[0]}, other content`
}

function partsOf(line: Line | undefined): Record<string, unknown> | undefined {
  if (!line?.text.startsWith('{')) return undefined
  try {
    return JSON.parse(line.text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** Only what differs: a definition may be long. */
function partsText(parts: Readonly<Record<string, unknown>>, keys: readonly string[]): string {
  const told = keys
    .filter((key) => parts[key] !== undefined)
    .map((key) => `${key}: ${typeof parts[key] === 'string' ? parts[key] : JSON.stringify(parts[key])}`)
  return told.join('; ') || NONE
}

function cut(text: string | undefined): string {
  if (text === undefined) return NONE
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

export function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Over everything of one side, in the order of the names. */
export function digestOf(lines: Iterable<Line>, counted: ReadonlyMap<string, Counted>): string {
  const all = [
    ...[...lines].map(({ object, text }) => `${object}\t${text}`),
    ...[...counted].map(([name, { rows, hash }]) => `rows of ${name}\t${rows} ${hash}`)
  ]
  const digest = createHash('sha256')
  for (const line of all.toSorted(order)) digest.update(`${line}\n`)
  return digest.digest('hex')
}

/** Whether two queries say the same: a view of one relation is told with its name before each column up to 15, and without it from 16 on. */
export function sameQuery(from: string, to: string): boolean {
  const bare = (text: string) =>
    text.replaceAll(/\b[a-z_][a-z0-9_$]*\.(?=[a-z_"])/g, '').replaceAll(/[\s()]+/g, ' ')
  return bare(from) === bare(to)
}
