import type { Driver, Listed } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { Call } from '../contract/ports.ts'

/** So much of a list is taken: what goes on is no list of what we made. */
const MOST = 100_000

/** All that a driver lists; nothing where it cannot. */
export async function listedBy(
  driver: Pick<Driver, 'list'>,
  brokerId: string,
  call: Call
): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  for await (const each of driver.list?.(brokerId, call) ?? []) {
    call.signal.throwIfAborted()
    if (listed.length === MOST) throw endless()
    listed.push(each)
  }
  return listed
}

function endless(): ProviderFailure {
  return new ProviderFailure(
    'unexpected',
    `it lists more than ${MOST} things of this broker: the list has no end`
  )
}
