import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { destroyStep } from '../../src/engine/kinds/destroy.ts'
import type { Subject } from '../../src/engine/subject.ts'
import { failureOf } from '../support/failures.ts'

interface Step {
  readonly stage: string
  readonly released: boolean
  readonly destroyed: boolean
}

const FIRST = { stage: 'release', failures: 0 }

/** What a removal does in one step, with an instance that has a server to itself. */
async function step(family: object, operation: object = FIRST): Promise<Step> {
  let released = false
  let destroyed = false
  const release = async () => {
    released = true
  }
  const destroy = async () => {
    destroyed = true
    return { state: 'gone' }
  }
  const subject = {
    operation: { ...operation, binding: 'none waits' },
    resource: { name: 'p', handle: { v: 1 }, state: 'active' },
    plan: { isolation: 'dedicated' },
    driver: { destroy, access: async () => ({ kind: 'example', box: 'p' }) },
    family: { name: 'box', release, ...family }
  }
  const deps = { brokerId: 'broker' } as EngineDeps
  const result = await destroyStep(deps, subject as unknown as Subject, {} as Call)
  return { stage: result.kind === 'next' ? result.stage : result.kind, released, destroyed }
}

describe('A removal of what has a server to itself', () => {
  it('leaves what is inside to the server, which goes as a whole', async () => {
    expect(await step({})).to.deep.equal({ stage: 'destroy', released: false, destroyed: false })
    const again = { stage: 'destroy', failures: 3 }
    expect(await step({}, again)).to.deep.equal({ stage: 'done', released: false, destroyed: true })
  })

  it('empties it all the same where the family says that nothing goes along', async () => {
    const emptied = { stage: 'destroy', released: true, destroyed: false }
    expect(await step({ alwaysReleased: true })).to.deep.equal(emptied)
  })

  describe('where the family empties it', () => {
    const refused = { stage: 'destroy', failures: 1 }

    it('looks once whether it is empty before it goes', async () => {
      const first = { stage: 'destroy', failures: 0 }
      const gone = { stage: 'done', released: false, destroyed: true }
      expect(await step({ alwaysReleased: true }, first)).to.deep.equal(gone)
    })

    it('looks again when it did not go, since it may have been filled meanwhile', async () => {
      const gone = { stage: 'done', released: true, destroyed: true }
      expect(await step({ alwaysReleased: true }, refused)).to.deep.equal(gone)
    })

    it('goes all the same when the way in has gone already', async () => {
      const release = () => Promise.reject(new ProviderFailure('denied', 'there is no such key'))
      const gone = { stage: 'done', released: false, destroyed: true }
      expect(await step({ alwaysReleased: true, release }, refused)).to.deep.equal(gone)
    })

    it('stays when it carries the mark of another one, or does not answer', async () => {
      for (const kind of ['conflict', 'unavailable'] as const) {
        const release = () => Promise.reject(new ProviderFailure(kind, 'no'))
        await failureOf(step({ alwaysReleased: true, release }, refused), kind)
      }
    })

    it('goes back to emptying it when that takes more than one step', async () => {
      const release = async () => ({ note: 'emptying' })
      const back = { stage: 'release', released: false, destroyed: false }
      expect(await step({ alwaysReleased: true, release }, refused)).to.deep.equal(back)
    })
  })
})
