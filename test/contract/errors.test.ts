import { expect } from 'chai'
import { isRetryable, ProviderFailure } from '../../src/contract/errors.ts'

/** As an adapter from outside brings it: nothing of ours but the form. */
class FromOutside extends Error {
  override readonly name = 'ProviderFailure'
  readonly retryAfterSeconds = undefined
  readonly kind: unknown
  readonly mayHaveHappened: unknown
  constructor(kind: unknown, mayHaveHappened: unknown = false) {
    super('a sentence')
    this.kind = kind
    this.mayHaveHappened = mayHaveHappened
  }
}

describe('ProviderFailure', () => {
  it('is recognised by its form, whoever made it', () => {
    const thrown: unknown = new FromOutside('throttled')
    expect(thrown).to.be.instanceOf(ProviderFailure)
    expect(thrown instanceof ProviderFailure && isRetryable(thrown)).to.equal(true)
    expect(new ProviderFailure('quota', 'a sentence')).to.be.instanceOf(ProviderFailure)
  })

  for (const [what, thrown] of [
    ['an error of another name', Object.assign(new Error('no'), { kind: 'denied', mayHaveHappened: false })],
    ['a kind that nobody knows', new FromOutside('odd')],
    ['one that does not say whether it may have happened', new FromOutside('denied', 'perhaps')],
    [
      'a pause that is no number',
      Object.assign(new ProviderFailure('throttled', 'a sentence'), { retryAfterSeconds: '17' })
    ],
    ['an object', { name: 'ProviderFailure', kind: 'denied', mayHaveHappened: false }],
    ['nothing', undefined]
  ] as const) {
    it(`is not ${what}`, () => {
      expect(thrown).to.not.be.instanceOf(ProviderFailure)
    })
  }
})
