import { expect } from 'chai'
import { removeBrokers } from '../support/broker-process.ts'
import type { Case } from './sabotage/cases.ts'
import { sabotageJourney } from './sabotage.ts'

/** One of each kind. */
const SOME: readonly string[] = [
  'UPDATE public.plain SET n = 1.10 WHERE v = 1',
  `SELECT setval('shop.order_id', 1000)`,
  'REVOKE SELECT ON shop.orders FROM "{reader}"',
  'DROP POLICY own_rows ON shop.tenants',
  'ALTER DATABASE "{group}" RESET work_mem',
  'ALTER TABLE shop.items DISABLE TRIGGER ALL',
  'a byte of a COPY is another',
  'pg_restore makes nothing of the post-data and says that all went well',
  'DROP TABLE public.came_late',
  'DELETE FROM public.hidden WHERE v = 2'
]

/** It changes nothing, so that nobody can find it. */
const NOTHING: Case = {
  thing: 'nothing',
  where: 'in the target, by a login',
  to: 'paris',
  orders: [{ at: 'target', as: 'login', sql: 'SELECT 1' }],
  finds: 'table public.plain'
}

/** The short form of `npm run journey:sabotage`. */
describe('A switch whose copy is sabotaged', function () {
  this.timeout(600_000)

  afterEach(() => removeBrokers())

  it('SW-06 SW-23 SW-25 is refused by the name of what is wrong, leaves the source in use and nothing else', async () => {
    const lines = await sabotageJourney(({ thing }) => SOME.includes(thing), undefined, [NOTHING])
    const missed = lines.filter(({ thing }) => thing === 'nothing')
    expect(missed.map(({ caught, findings }) => [caught, findings.length > 0])).to.deep.equal([[false, true]])
    const others = lines.filter((line) => !missed.includes(line))
    expect(
      others.flatMap(({ thing, findings }) => findings.map((text) => `${thing}: ${text}`))
    ).to.deep.equal([])
    expect(others.filter(({ caught, writable }) => caught && writable)).to.have.length(SOME.length + 1)
  })
})
