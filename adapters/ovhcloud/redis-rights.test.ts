import { expect } from 'chai'
import { rightsOf } from '../../src/families/redis/rights.ts'
import { READER, WRITER } from './redis-rights.ts'

describe('the rights of a user of Valkey at OVHcloud', () => {
  for (const [title, rights, isReader] of [
    ['writes', WRITER, false],
    ['only reads', READER, true]
  ] as const) {
    it(`who ${title} are those of the family, in its order`, () => {
      const { keys, channels, categories, commands } = rights
      const words = [
        ...keys.map((pattern) => `~${pattern}`),
        ...channels.map((pattern) => `&${pattern}`),
        ...categories
      ]
      expect(rightsInApiOrder(isReader)).to.deep.equal([...words, ...commands])
    })
  }
})

/** Nothing changes its meaning when the categories come first, as long as no category stands behind a command. */
function rightsInApiOrder(isReader: boolean): readonly string[] {
  const words = rightsOf({}, isReader)
  const isCommand = (word: string) => /^[+-][^@]/.test(word)
  expect(words.findLastIndex((word) => /^[+-]@/.test(word))).to.be.lessThan(words.findIndex(isCommand))
  return words
}
