import type { Mark } from '../../../src/contract/adapter.ts'
import { descriptionOf, readDescription } from '../mark.ts'

/** What a user of the project is there for: it owns the bucket of an instance, in a region, or it is one binding. */
export type Role =
  | { readonly kind: 'owner'; readonly region: string }
  | { readonly kind: 'binding'; readonly login: string }

export interface Described {
  readonly name: string
  readonly mark: Mark
  readonly role: Role
}

/** A user of the project has a description only, as a service has; the role stands behind the mark. */
export function describeUser({ name, mark, role }: Described): string {
  return [descriptionOf(name, mark), role.kind, role.kind === 'owner' ? role.region : role.login].join(' ')
}

/** Undefined for every other text: the user is somebody else's. */
export function readUserDescription(text: string): Described | undefined {
  const [, head = '', kind, word = ''] = /^(.*) (owner|binding) (\S+)$/.exec(text) ?? []
  const marked = readDescription(head)
  if (marked === undefined) return undefined
  return { ...marked, role: kind === 'owner' ? { kind, region: word } : { kind: 'binding', login: word } }
}
