import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { type BrokerProcess, removeBrokers, startedBroker } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { need } from '../support/need.ts'
import { type Desk, desk } from '../support/portolan.ts'

describe('portolan doctor on what `npm start` runs', function () {
  this.timeout(BUILT_WITHIN_MS)
  let broker: BrokerProcess
  let at: Desk

  before(async () => {
    at = desk()
    broker = await startedBroker({ env: { LOG_LEVEL: 'warn' } })
  })
  after(async () => {
    await removeBrokers()
    at.remove()
  })

  for (const words of [['doctor'], ['doctor', '--live']]) {
    it(`${words.join(' ')}: berlin and paris are sound, nothing is refused`, async () => {
      const { code, out, err } = await at.run([...words, '--json'], { PORTOLAN_DATA: broker.data, PORT: '0' })
      const { findings } = JSON.parse(out) as { findings: readonly JsonObject[] }
      expect(findings.filter(({ level }) => level === 'refused')).to.deep.equal([])
      expect([code, err]).to.deep.equal([0, ''])
      if (words.length === 1) {
        need('pg_dump')
        const switches = findings.filter(({ about }) => about === 'switches')
        expect(switches.map(({ text }) => text).join()).to.match(/^pg_dump [\d., ]+; pg_restore [\d., ]+$/)
      }
      for (const provider of ['provider berlin', 'provider paris']) {
        const texts = findings.filter(({ about }) => about === provider).map(({ text }) => text)
        expect(texts).to.include('answers')
        expect(texts.join('\n')).to.include('PostgreSQL 15')
      }
    })
  }
})
