import { expect } from 'chai'
import { isSafePattern } from '../../src/catalog/safe-pattern.ts'

const SAFE = [
  '^[a-z][a-z0-9-]{0,29}$',
  '^P([0-9]{1,3}D(T[0-9]{1,4}H)?|T[0-9]{1,4}H([0-9]{1,4}M)?|T[0-9]{1,6}[MS])$',
  '^(abc)+$',
  '^(?:ab){2,3}$',
  '^\\(a+\\)*$',
  '^[(+]*$'
]

const UNSAFE = [
  '^(a+)+$',
  '^(a*)*$',
  '^(a|a)*$',
  '^(a|ab)+$',
  '^((a+)b?)*$',
  '^(a?){1,50}$',
  '^(?:a+){2,}$',
  '^(?=a)b$',
  '^(?!a)b$',
  '^(a)\\1$',
  '^(a$',
  '^a)$'
]

describe('A pattern', () => {
  for (const pattern of SAFE) it(`${pattern} is safe`, () => expect(isSafePattern(pattern)).to.equal(true))
  for (const pattern of UNSAFE)
    it(`${pattern} is not safe`, () => expect(isSafePattern(pattern)).to.equal(false))
})
