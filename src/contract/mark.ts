import type { Mark } from './adapter.ts'
import { isObject } from './read.ts'

const PREFIX = 'portolan '

/** What every mark as text is LIKE, in SQL. */
export const MARK_PATTERN = `${PREFIX}{%`

/** A mark as one line of text, for providers that have a comment and no tags. */
export function markText(mark: Mark): string {
  const { broker, resource, generation } = mark
  return PREFIX + JSON.stringify({ broker, resource, generation })
}

/** The mark that a comment holds; `undefined` for any other text. */
export function readMark(text: unknown): Mark | undefined {
  if (typeof text !== 'string' || !text.startsWith(PREFIX)) return undefined
  const { broker, resource, generation } = parsed(text.slice(PREFIX.length)) ?? {}
  if (typeof broker !== 'string' || typeof resource !== 'string') return undefined
  return typeof generation === 'number' ? { broker, resource, generation } : undefined
}

export function isSameMark(one: Mark | undefined, other: Mark): boolean {
  return one !== undefined && markText(one) === markText(other)
}

function parsed(text: string) {
  try {
    const value = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The comment of a binding's login on a server that has no other place for it: whose it is. `%` makes it what every one of them is LIKE. */
export function loginComment(resource: string): string {
  return `${PREFIX}login of ${resource}`
}

const BURIED = 'buried '

/** What the comment of every buried role is LIKE. */
export const BURIED_PATTERN = `${BURIED}${MARK_PATTERN}`

/** The comment of a role whose database is gone, but to which others grant rights: it keeps nothing but its name. */
export function buriedText(mark: Mark): string {
  return BURIED + markText(mark)
}

/** The mark that a buried role had; `undefined` for any other comment. */
export function readBuried(text: unknown): Mark | undefined {
  return typeof text === 'string' && text.startsWith(BURIED) ? readMark(text.slice(BURIED.length)) : undefined
}

/** The comment of a throwaway login of a move: of which resource it is. Whatever carries it may be shut out and removed by a later attempt. */
export function stepComment(resource: string): string {
  return `${PREFIX}step of ${resource}`
}
