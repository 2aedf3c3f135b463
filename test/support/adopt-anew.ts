import { randomBytes } from 'node:crypto'
import type { Driver, Handle, Order } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'

/** What a driver needs of the place where it is tried. */
export interface Adopting {
  readonly driver: Driver
  readonly callAt: (now: Date, attempt: number) => Call
  readonly advance: (seconds: number) => Promise<unknown>
}

/** As the core does with an orphan that its books do not know: only what `list` shows, and a seed of its own. Every handle of the way. */
export async function adoptAnew(
  { driver, callAt, advance }: Adopting,
  order: Order
): Promise<readonly Handle[]> {
  let now = Date.now()
  const seed = randomBytes(24).toString('base64url')
  const stranger: Order = { ...order, secret: (label) => `${label}-${seed}` }
  const handles = [await listed(driver, order, callAt(new Date(now), 1))]
  for (let step = 0; step < 60; step++) {
    const sighting = await driver.adopt?.(stranger, handles.at(-1), callAt(new Date(now), 1))
    if (sighting === undefined || sighting.state === 'gone') throw new Error('nothing was adopted')
    if (sighting.state === 'broken') throw new Error(sighting.note)
    handles.push(JSON.parse(JSON.stringify(sighting.handle)) as Handle)
    if (sighting.state === 'ready') return handles
    const seconds = sighting.lookAgainInSeconds ?? 5
    now += seconds * 1000
    await advance(seconds)
  }
  throw new Error('it does not become ready')
}

/** As `list` shows it. */
export async function listed(driver: Driver, { name, mark }: Order, call: Call): Promise<Handle> {
  for await (const each of driver.list?.(mark.broker, call) ?? []) if (each.name === name) return each.handle
  throw new Error(`${name} is not listed`)
}
