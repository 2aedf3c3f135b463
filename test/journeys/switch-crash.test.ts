import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import type { StoreKind } from './run-journey.ts'
import { switchCrashJourney } from './switch-crash.ts'

/** The short form of `npm run journey:switch-crash`. */
const POINTS: Readonly<Record<StoreKind, readonly string[]>> = {
  sqlite: [
    'switch: before the commit of switch: freeze',
    'switch: while pg_restore runs (2)',
    'switch: before the commit of switch: succeeded',
    'switch: after destroy (2)',
    'different copy: after thaw'
  ],
  postgres: [
    'switch: after copy',
    'different copy: before the commit of switch: failed',
    'switch: asleep before check (3)'
  ]
}

describe('SW-08 A broker that is killed during a switch', function () {
  this.timeout(300_000)

  afterEach(() => removeBrokers())

  for (const store of ['sqlite', 'postgres'] as const) {
    it(`completes it or rolls it back, and neither loses nor leaves anything, on ${store}`, async () => {
      const lines = await switchCrashJourney(store, (point) => POINTS[store].includes(point))
      // And in each scene one where nobody dies.
      expect(lines).to.have.length(POINTS[store].length + 2)
      for (const { scene, point, findings, outcome } of lines) {
        expect(findings, `${scene}: ${point}`).to.deep.equal([])
        expect(outcome, `${scene}: ${point}`).to.equal(scene === 'switch' ? 'completed' : 'rolled back')
      }
    })
  }
})
