import { ProviderFailure } from '../../../src/contract/errors.ts'

/** True: it was there. */
export async function goneIsFine(work: Promise<void>): Promise<boolean> {
  return (await absentAsUndefined(work.then(() => true))) === true
}

export async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof ProviderFailure && error.kind === 'not-found') return undefined
    throw error
  }
}
