import { expect } from 'chai'
import { canonicalJson } from '../../src/domain/canonical-json.ts'

describe('Canonical JSON', () => {
  it('is one text for one value, whatever the order of its keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: true })).to.equal(
      '{"a":true,"b":[1,{"c":"ü","d":null}]}'
    )
    expect(canonicalJson({ a: true, b: [1, { c: 'ü', d: null }] })).to.equal(
      '{"a":true,"b":[1,{"c":"ü","d":null}]}'
    )
  })

  it('keeps the order of lists and the difference of types', () => {
    expect(canonicalJson([2, 1])).to.not.equal(canonicalJson([1, 2]))
    expect(canonicalJson('1')).to.not.equal(canonicalJson(1))
  })

  it('reads back as the value, also with keys that look like numbers or like __proto__', () => {
    const value = JSON.parse('{"10":1,"9":2,"__proto__":{"x":1},"a\\"b":"\\u2028"}') as {
      [key: string]: never
    }

    expect(JSON.parse(canonicalJson(value))).to.deep.equal(value)
    expect(canonicalJson(value)).to.match(/^\{"10":1,"9":2,"__proto__":/)
  })
})
