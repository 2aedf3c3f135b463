import { expect } from 'chai'
import { ProviderFailure } from '../../../../src/contract/errors.ts'
import { Complaint, SqlState } from '../../../../src/contract/ports.ts'
import { naming } from '../../../../src/families/postgresql/move/naming.ts'

async function told(error: unknown): Promise<unknown> {
  const copying = async () => {
    throw error
  }
  try {
    return await naming('table shop.items', copying())
  } catch (thrown) {
    return thrown
  }
}

describe('a failure of a copy', () => {
  it('names the object and the SQLSTATE, and nothing that a server or a program said', async () => {
    const cause = new SqlState('23505', 'Key (card)=(4111) is duplicated')
    expect(await told(new ProviderFailure('unexpected', 'Key (card)=(4111)', { cause })))
      .to.be.instanceOf(ProviderFailure)
      .and.include({ kind: 'unexpected', message: 'table shop.items could not be copied (SQLSTATE 23505)' })
  })

  it('names what pg_restore was making, without its owner', async () => {
    const words = [
      'pg_restore: while PROCESSING TOC:',
      'pg_restore: from TOC entry 3451; 2606 16411 FK CONSTRAINT items of_order pabc',
      'pg_restore: error: could not execute query: ERROR:  insert or update violates',
      'DETAIL:  Key (order_id)=(4111) is not present'
    ]
    const cause = new Complaint(words.join('\n'))
    const failure = (await told(new ProviderFailure('unexpected', 'DETAIL', { cause }))) as ProviderFailure
    expect(failure.message).to.equal('FK CONSTRAINT items of_order could not be copied')
  })

  const commands = {
    'CREATE TABLE shop.items (\n    card text': 'TABLE shop.items',
    'ALTER TABLE ONLY shop."an item"\n    ADD CONSTRAINT c': 'TABLE shop."an item"',
    'ALTER INDEX shop.orders_pkey ATTACH PARTITION shop.february_pkey;': 'INDEX shop.orders_pkey',
    'CREATE UNIQUE INDEX per_day ON shop.items USING btree (card);': 'UNIQUE INDEX per_day'
  }
  for (const [command, entry] of Object.entries(commands)) {
    it(`names ${entry} by the command that pg_restore could not run`, async () => {
      const cause = new Complaint(
        `pg_restore: error: could not execute query: ERROR:  4111\nCommand was: ${command}`
      )
      const failure = (await told(new ProviderFailure('unexpected', '4111', { cause }))) as ProviderFailure
      expect(failure.message).to.equal(`${entry} could not be copied`)
    })
  }

  it('stays what may be tried again, with the object before what the connection said', async () => {
    const options = { mayHaveHappened: true, retryAfterSeconds: 3 }
    expect(await told(new ProviderFailure('unavailable', 'The connection broke.', options))).to.include({
      kind: 'unavailable',
      message: 'table shop.items: The connection broke.',
      ...options
    })
  })

  it('leaves every other error as it is', async () => {
    const error = new TypeError('a defect')
    expect(await told(error)).to.equal(error)
  })
})
