import { expect } from 'chai'
import { type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'

/** What the work threw; success ends the test. */
export async function thrown(work: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

/** What a port or a driver throws on purpose, of this kind where one is given; anything else, and success, ends the test. */
export async function failureOf(
  work: Promise<unknown> | undefined,
  kind?: FailureKind
): Promise<ProviderFailure> {
  const error = await thrown(work)
  if (!(error instanceof ProviderFailure)) throw error
  if (kind !== undefined) expect(error.kind, error.message).to.equal(kind)
  return error
}

/** How a request ended: with an answer, or a kind of failure. */
export async function ended(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'done'
  } catch (error) {
    return error instanceof ProviderFailure ? error.kind : String(error)
  }
}

export async function expectDenied(
  attempts: Readonly<Record<string, () => Promise<unknown>>>
): Promise<void> {
  for (const [what, attempt] of Object.entries(attempts)) {
    expect(await ended(attempt()), what).to.equal('denied')
  }
}
