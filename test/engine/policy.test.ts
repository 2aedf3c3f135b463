import { expect } from 'chai'
import { FAILURE_KINDS, type FailureKind, ProviderFailure } from '../../src/contract/errors.ts'
import type { OperationKind } from '../../src/domain/operation.ts'
import { Broken, outcomeOf } from '../../src/engine/outcome.ts'
import { lookAgainAfterMs, retryAfterMs, toldMs, withinDeadline } from '../../src/engine/pace.ts'

describe('The pace', () => {
  it('doubles a pause with every failure in a row, between half and all of it, up to a minute', () => {
    expect([0, 1, 2, 3].map((n) => retryAfterMs(n, 1, false))).to.deep.equal([1000, 2000, 4000, 8000])
    expect([0, 1, 2, 3].map((n) => retryAfterMs(n, 0, false))).to.deep.equal([500, 1000, 2000, 4000])
    expect(retryAfterMs(1e9, 1, false)).to.equal(60_000)
  })

  it('lets a clean-up pause a quarter of an hour', () => {
    expect(retryAfterMs(1e9, 1, true)).to.equal(900_000)
  })

  it('looks at a young operation every second and at an old one every quarter of a minute', () => {
    expect(lookAgainAfterMs(0, 1)).to.equal(1000)
    expect(lookAgainAfterMs(50_000, 1)).to.equal(5000)
    expect(lookAgainAfterMs(1e9, 1)).to.equal(15_000)
    expect(lookAgainAfterMs(-1e9, 1)).to.equal(1000)
  })

  it('never pauses past the deadline', () => {
    expect(withinDeadline(5000, 100, 2100)).to.equal(2000)
    expect(withinDeadline(5000, 100, 50)).to.equal(0)
    expect(withinDeadline(5000, 100, undefined)).to.equal(5000)
  })
})

describe('What a failed step leads to', () => {
  const context = { stopping: false, jitter: 1, reference: 'abc' }
  const of = (thrown: unknown, kind: OperationKind = 'create', failures = 0) =>
    outcomeOf(thrown, { failures }, { ...context, endless: kind === 'clean-up' })

  const finals: readonly FailureKind[] = ['invalid', 'denied', 'not-found', 'conflict', 'quota']
  for (const kind of FAILURE_KINDS) {
    const outcome = of(new ProviderFailure(kind, 'why'))
    const isFinal = finals.includes(kind)
    it(`is ${isFinal ? 'the end' : 'another try'} for "${kind}"`, () => {
      expect(outcome.next).to.equal(isFinal ? 'fail' : 'retry')
    })

    it(`is another try for "${kind}" in a clean-up, however often`, () => {
      expect(of(new ProviderFailure(kind, 'why'), 'clean-up', 1000).next).to.equal('retry')
    })

    it(`is another try for "${kind}" when the request may have had effect`, () => {
      expect(of(new ProviderFailure(kind, 'why', { mayHaveHappened: true })).next).to.equal('retry')
    })
  }

  it('is a few tries for an error nobody foresaw, without its detail', () => {
    const outcomes = [0, 1, 2, 3, 4].map((failures) => of(new Error('password=x'), 'create', failures))
    expect(outcomes.map(({ next }) => next)).to.deep.equal(['retry', 'retry', 'retry', 'retry', 'fail'])
    expect(JSON.stringify(outcomes)).to.not.contain('password')
    expect(JSON.stringify(outcomes)).to.contain('abc')
  })

  it('is the end for a broken resource, except where it is being cleaned up', () => {
    expect(of(new Broken('why', { v: 1 }))).to.deep.include({ next: 'fail', broken: { v: 1 } })
    expect(of(new Broken('why', { v: 1 }), 'clean-up').next).to.equal('retry')
  })

  it('is the same step again, uncounted and at once, when the broker stops', () => {
    expect(
      outcomeOf(new Error('x'), { failures: 3 }, { ...context, endless: false, stopping: true })
    ).to.deep.equal({
      next: 'retry',
      afterMs: 0,
      counts: false
    })
  })

  it('waits as long as the provider asks, and not less than its own pause', () => {
    const asked = (seconds: number, failures = 0) =>
      of(new ProviderFailure('throttled', 'why', { retryAfterSeconds: seconds }), 'create', failures)
    expect(asked(90)).to.include({ afterMs: 90_000 })
    expect(asked(1, 5)).to.include({ afterMs: 32_000 })
  })

  it('waits whole milliseconds and an hour at most, whatever a provider asks for', () => {
    for (const seconds of [1e300, Number.POSITIVE_INFINITY, 3601]) {
      const thrown = new ProviderFailure('throttled', 'why', { retryAfterSeconds: seconds })
      expect(of(thrown, 'clean-up')).to.include({ afterMs: 3_600_000 })
    }
    for (const seconds of [Number.NaN, -5, 0]) expect(toldMs(seconds)).to.equal(0)
    expect(toldMs(1.0001)).to.equal(1001)
  })
})
