import { expect } from 'chai'
import { order } from './fake/wire.ts'
import { descriptionOf, readDescription } from './mark.ts'

describe('a description of OVHcloud', () => {
  it('carries name and mark, and nothing else does', () => {
    const mark = { broker: 'a broker/1', resource: 'r-1', generation: 12 }
    const text = descriptionOf(order.name, mark)
    expect(readDescription(text)).to.deep.equal({ name: order.name, mark })
    for (const other of ['', 'portolan', `${text} `, text.replace('12', '012'), text.replace('p', 'P')]) {
      expect(readDescription(other), other).to.equal(undefined)
    }
  })
})
