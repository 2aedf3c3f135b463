import { expect } from 'chai'
import { passwordOf, randomName, randomSeed, secretOf } from '../../src/domain/names.ts'

describe('Names and secrets made by the broker', () => {
  const seeds = Array.from({ length: 200 }, randomSeed)

  it('are random names of one letter and 20 of base32', () => {
    const names = Array.from({ length: 200 }, () => randomName('p'))
    expect(new Set(names).size).to.equal(200)
    for (const name of names) expect(name).to.match(/^p[a-z2-7]{20}$/)
    expect(randomName('b')).to.match(/^b[a-z2-7]{20}$/)
  })

  it('are the same for the same seed and label, and for nothing else', () => {
    const [one = '', other = ''] = seeds
    expect(secretOf(one, 'admin')).to.equal(secretOf(one, 'admin'))
    expect(secretOf(one, 'admin')).to.not.equal(secretOf(one, 'root'))
    expect(secretOf(one, 'admin')).to.not.equal(secretOf(other, 'admin'))
    expect(secretOf(one, 'login')).to.not.contain(passwordOf(one))
    expect(secretOf(one, 'admin')).to.match(/^[A-Za-z0-9_-]{43}$/)
  })

  it('are passwords that every provider takes: each class of letter, a digit, a hyphen, no odd ends', () => {
    const passwords = seeds.map(passwordOf)
    expect(new Set(passwords).size).to.equal(200)
    for (const password of passwords) {
      expect(password).to.match(/^[A-Za-z][A-Za-z0-9-]*[0-9]$/)
      for (const needed of [/[a-z]/, /[A-Z]/, /[0-9]/, /-/]) expect(password).to.match(needed)
      expect(password.length).to.be.within(32, 63)
    }
    expect(passwordOf(seeds[0] ?? '')).to.equal(passwordOf(seeds[0] ?? ''))
  })
})
