import { expect } from 'chai'
import { failureFrom as ofOvhcloud } from '../../adapters/ovhcloud/errors.ts'
import { failureFrom as ofScaleway } from '../../adapters/scaleway/errors.ts'
import { failureOf } from '../../src/contract/answers.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { HttpAnswer } from '../../src/contract/ports.ts'
import { outcomeOf } from '../../src/engine/outcome.ts'
import { s3Failure } from '../../src/transport/s3-failure.ts'
import { DAY, HOUR, MINUTE } from '../support/clock.ts'
import { type Core, LEASE_MS, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { poll, provision } from '../support/requests.ts'

const SECOND = 1000

/** What a provider says, and how long that is waited for; `own`: as if it had said nothing. */
const TOLD: readonly (readonly [string, number | 'own'])[] = [
  ['30', 30 * SECOND],
  ['0.5', SECOND],
  ['604800', HOUR],
  ['99999999999999999999', HOUR],
  ['1e308', HOUR],
  ['0', 'own'],
  ['-1', 'own'],
  ['-1e308', 'own'],
  ['', 'own'],
  ['soon', 'own'],
  ['30, 60', 'own'],
  ['NaN', 'own'],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 'own'],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 'own']
]

const READERS: Readonly<Record<string, (answer: HttpAnswer) => ProviderFailure>> = {
  'an answer as adapters usually read it': (answer) => failureOf(answer, 'no'),
  'an answer of Scaleway': ofScaleway,
  'an answer of OVHcloud': ofOvhcloud,
  'an answer of an S3 endpoint': (answer) => s3Failure({ ...answer, body: Buffer.alloc(0) }, 'look')
}

function pauseOf(thrown: ProviderFailure, endless: boolean): number | undefined {
  const outcome = outcomeOf(thrown, { failures: 0 }, { stopping: false, jitter: 1, reference: 'r', endless })
  return outcome.next === 'retry' ? outcome.afterMs : undefined
}

describe('Retry-After', () => {
  for (const [what, read] of Object.entries(READERS))
    for (const status of [429, 503])
      it(`of ${what} with ${status} is obeyed for an hour at most, and is the own pause where it is no time`, () => {
        for (const [header, pause] of TOLD)
          for (const endless of [false, true]) {
            const found = pauseOf(read({ status, headers: { 'retry-after': header }, body: {} }), endless)
            const own = pauseOf(read({ status, headers: {}, body: {} }), endless)
            expect(found, JSON.stringify(header)).to.equal(pause === 'own' ? own : pause)
          }
      })

  it('of Scaleway in a body is obeyed for an hour at most too', () => {
    for (const [reset_seconds, pause] of [
      [20, 20 * SECOND],
      [1e308, HOUR]
    ] as const) {
      const body = { type: 'too_many_requests', reset_seconds }
      expect(pauseOf(ofScaleway({ status: 429, headers: {}, body }), false)).to.equal(pause)
    }
  })
})

describe('An operation whose provider asks for a week', () => {
  let place: Place
  let core: Core

  before(async () => {
    const [database] = databases
    if (!database) throw new Error('no database')
    place = await database.fresh()
  })
  afterEach(() => core.close())
  after(() => place.drop())

  it('ends at its own deadline, and its clean-up tries again every hour', async () => {
    core = await openCore(place.address, { deadlineMs: 10 * MINUTE })
    const begun = core.clock.now()
    const tries: number[] = []
    core.cloud.script = (method, when) => {
      if (when !== 'before' || (method !== 'prepare' && method !== 'destroy')) return
      // The third works, and is looked at again at once.
      if (method === 'destroy' && tries.length < 3) tries.push(core.clock.now())
      if (tries.length < 3)
        throw new ProviderFailure('throttled', 'next week', { retryAfterSeconds: 7 * DAY })
    }
    // The clock runs on while a claim is under way, which on a busy machine is some steps.
    const pass = async (step: number, condition: () => Promise<boolean> | boolean) =>
      until(async () => {
        if (core.engine.running() === 0) core.clock.advance(step)
        core.engine.wake()
        return condition()
      }, 20_000)
    await provision(core, 'i', 'slow')
    await pass(LEASE_MS / 6, async () => (await poll(core, 'i')).body['state'] === 'failed')
    expect(core.clock.now() - begun).to.be.within(10 * MINUTE, 20 * MINUTE)
    expect((await poll(core, 'i')).body['description']).to.contain('next week')

    await pass(LEASE_MS / 2, () => core.cloud.things.size === 0)
    expect(tries).to.have.length(3)
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
    for (const pause of pauses) expect(pause).to.be.within(HOUR, 2 * HOUR)
  })
})
