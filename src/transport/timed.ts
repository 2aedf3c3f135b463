import { ProviderFailure } from '../contract/errors.ts'

/** Tells how long it took and how it ended. What is no answer of a server, like a programmer's slip, is not told. */
export async function timed<T>(
  run: () => Promise<T>,
  tell: (milliseconds: number, failure?: ProviderFailure) => void
): Promise<T> {
  const begun = performance.now()
  try {
    const result = await run()
    tell(performance.now() - begun)
    return result
  } catch (error) {
    if (error instanceof ProviderFailure) tell(performance.now() - begun, error)
    throw error
  }
}
