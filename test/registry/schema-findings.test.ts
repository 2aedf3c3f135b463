import { expect } from 'chai'
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
