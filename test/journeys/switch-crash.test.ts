import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import type { StoreKind } from './run-journey.ts'
import { type Death, dieAt } from './switch-crash.ts'

/** The short form of `npm run journey:switch-crash`. */
const DEATHS: Readonly<Record<StoreKind, readonly Death[]>> = {
  sqlite: [
    { scene: 'switch', order: { point: 'while pg_restore runs', nth: 1, signal: 'SIGKILL' } },
    {
      scene: 'switch',
      order: { point: 'before the commit of switch: succeeded', nth: 1, signal: 'SIGKILL' }
    },
    { scene: 'different copy', order: { point: 'after thaw', nth: 1, signal: 'SIGKILL' } }
  ],
  postgres: [
    { scene: 'switch', order: { point: 'after copy', nth: 1, signal: 'SIGKILL' } },
    { scene: 'switch', order: { point: 'before check', nth: 3, signal: 'SIGSTOP' } }
  ]
}

describe('SW-08 A broker that is killed during a switch', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  for (const store of ['sqlite', 'postgres'] as const) {
    it(`completes it or rolls it back, and neither loses nor leaves anything, on ${store}`, async () => {
      for (const { scene, point, findings, outcome } of await dieAt(store, DEATHS[store])) {
        expect(findings, `${scene}: ${point}`).to.deep.equal([])
        expect(outcome, `${scene}: ${point}`).to.equal(scene === 'switch' ? 'completed' : 'rolled back')
      }
    })
  }
})
