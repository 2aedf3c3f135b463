import { expect } from 'chai'
import type { Call } from '../../src/contract/ports.ts'
import type { EngineDeps } from '../../src/engine/deps.ts'
import { destroyStep } from '../../src/engine/kinds/destroy.ts'
import type { Subject } from '../../src/engine/subject.ts'

/** What a removal does first, with an instance that has a server to itself. */
async function firstStage(family: object): Promise<{ readonly stage: string; readonly released: boolean }> {
  let released = false
  const release = async () => {
    released = true
  }
  const subject = {
    operation: { stage: 'release', binding: 'none waits' },
    resource: { name: 'p', handle: { v: 1 }, state: 'active' },
    plan: { isolation: 'dedicated' },
    driver: { access: async () => ({ kind: 'example', box: 'p' }) },
    family: { name: 'box', release, ...family }
  }
  const deps = { brokerId: 'broker' } as EngineDeps
  const result = await destroyStep(deps, subject as unknown as Subject, {} as Call)
  return { stage: result.kind === 'next' ? result.stage : result.kind, released }
}

describe('A removal of what has a server to itself', () => {
  it('leaves what is inside to the server, which goes as a whole', async () => {
    expect(await firstStage({})).to.deep.equal({ stage: 'destroy', released: false })
  })

  it('empties it all the same where the family says that nothing goes along', async () => {
    expect(await firstStage({ alwaysReleased: true })).to.deep.equal({ stage: 'destroy', released: true })
  })
})
