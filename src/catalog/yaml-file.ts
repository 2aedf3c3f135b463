import { readFile } from 'node:fs/promises'
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { Json } from '../contract/json.ts'
import type { Problem } from './problem.ts'
import { lineAt } from './yaml-line.ts'

/** A catalog file as read: what it says and where it says it. */
export interface YamlFile {
  readonly file: string
  readonly value: Json
  /** The line of the value at `path`, or of the nearest thing around it that exists. */
  lineOf(path: readonly (string | number)[]): number
}

const MOST_BYTES = 1024 * 1024
/** How far aliases may multiply what they stand for; yaml refuses more (a "billion laughs"). */
const MOST_ALIASES = 100
/** Nodes after aliases have been filled in. */
const MOST_NODES = 100_000
const MOST_DEPTH = 32

export async function readYaml(file: string): Promise<YamlFile | readonly Problem[]> {
  try {
    return parseYaml(file, await readFile(file, 'utf8'))
  } catch (error) {
    return [
      { file, line: 1, text: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}` }
    ]
  }
}

/** YAML 1.2, core schema: `no` is a text, dates are texts, a key stands once. */
export function parseYaml(file: string, text: string): YamlFile | readonly Problem[] {
  if (text.length > MOST_BYTES) return [{ file, line: 1, text: `is larger than ${MOST_BYTES} bytes` }]
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: false
  })
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    return faults.map((fault) => ({ file, line: lines.linePos(fault.pos[0]).line, text: fault.message }))
  }
  const lineOf = (path: readonly (string | number)[]): number => lineAt(document, lines, path)
  const value = plain(document)
  if (value === undefined) return [{ file, line: 1, text: 'its aliases stand for too much' }]
  const problems = oddities(value).map(({ path, text: fault }) => ({ file, line: lineOf(path), text: fault }))
  return problems.length > 0 ? problems : { file, value, lineOf }
}

function plain(document: Document.Parsed): Json | undefined {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as Json
  } catch (error) {
    // The only thing it throws for a document without errors: too many aliases, or one that holds itself.
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

interface Oddity {
  readonly path: readonly string[]
  readonly text: string
}

/** What YAML can say and JSON for a platform must not: null, infinity, `__proto__`, endless nesting. */
function oddities(root: Json): readonly Oddity[] {
  const found: Oddity[] = []
  const waiting: { path: readonly string[]; value: Json }[] = [{ path: [], value: root }]
  let seen = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    seen += 1
    if (seen > MOST_NODES) return [...found, { path: [], text: `holds more than ${MOST_NODES} values` }]
    const text = odd(next.path, next.value)
    if (text !== undefined) found.push({ path: next.path, text })
    else waiting.push(...inside(next.path, next.value))
  }
  return found
}

function odd(path: readonly string[], value: Json): string | undefined {
  const name = path.at(-1)
  if (path.length > MOST_DEPTH) return `is nested deeper than ${MOST_DEPTH} levels`
  if (name === '__proto__') return '__proto__ is not a name to use'
  if (value === null) return `${name ?? 'the file'} is empty; give it a value or leave it out`
  if (typeof value === 'number' && !Number.isFinite(value)) return `${name} is not a number that JSON knows`
  return undefined
}

function inside(path: readonly string[], value: Json): { path: readonly string[]; value: Json }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, inner]: [string, Json]) => ({ path: [...path, key], value: inner }))
}
