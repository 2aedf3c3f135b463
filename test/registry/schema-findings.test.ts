import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { compileSchema } from '../../src/registry/schema-check.ts'

describe('What is told of a value that does not match a pattern', () => {
  const findings = (description?: string) =>
    compileSchema({
      type: 'object',
      properties: {
        within: {
          type: 'string',
          pattern: '^PT[0-9]+H$',
          ...(description === undefined ? {} : { description })
        }
      }
    })({ within: 'soon' }).map(({ text }) => text)

  it('says what the pattern means, where its schema does, and repeats nothing of the value', () => {
    expect(findings('Hours, such as PT24H.')).to.deep.equal([
      'must match ^PT[0-9]+H$ (Hours, such as PT24H.)'
    ])
    expect(findings()).to.deep.equal(['must match ^PT[0-9]+H$'])
  })
})

describe('What is told of a value that has none of the forms it may have', () => {
  const findings = (forms: JsonObject, value: JsonObject) =>
    compileSchema({ type: 'object', ...forms })(value).map(({ text }) => text)
  const logins = [{ required: ['id', 'secret'] }, { required: ['key'] }]

  it('names the fields of each form, and that more than one is too much', () => {
    expect(findings({ oneOf: logins }, { id: 'x' })).to.deep.equal(['must have either id and secret, or key'])
    expect(findings({ oneOf: logins }, { id: 'x', secret: 'y', key: 'z' })).to.deep.equal([
      'must have either id and secret, or key'
    ])
    expect(findings({ anyOf: logins }, {})).to.deep.equal(['must have id and secret, or key'])
  })

  it('says no more than that where the forms are something else', () => {
    expect(findings({ oneOf: [{ required: ['id'] }, { maxProperties: 1 }] }, { a: 1, b: 2 })).to.deep.equal([
      'does not have one of the forms that are described'
    ])
  })
})
