import { join } from 'node:path'
import { expect } from 'chai'
import { CHECKLIST } from '../conformance/checklist.ts'
import { root } from '../support/root.ts'
import { idsIn, titlesBelow, titlesIn } from './titles.ts'

describe('The checklist of the OSB API', () => {
  const titles = titlesBelow(join(root, 'test'), join(root, 'adapters'))
  const tested = new Set(titles.flatMap(idsIn))

  it('has a test for every row that gives no reason for having none', () => {
    expect(titles.length).to.be.above(200)
    const without = CHECKLIST.filter(({ id, reason }) => reason === undefined && !tested.has(id))
    expect(without).to.deep.equal([])
  })

  it('gives no reason where there is a test', () => {
    expect(CHECKLIST.filter(({ id, reason }) => reason !== undefined && tested.has(id))).to.deep.equal([])
  })

  it('knows every id that a title names', () => {
    const known = CHECKLIST.map(({ id }) => id)
    expect([...tested].filter((id) => !known.includes(id))).to.deep.equal([])
  })

  it('leaves no number out', () => {
    expect(new Set(CHECKLIST.map(({ id }) => id)).size).to.equal(CHECKLIST.length)
    const sections: Record<string, number> = {}
    for (const { id, says } of CHECKLIST) {
      const [section = '', number] = id.split('-')
      sections[section] = (sections[section] ?? 0) + 1
      expect(Number(number), id).to.equal(sections[section])
      expect(says, id).to.not.equal('')
    }
    expect(sections).to.deep.equal({
      G: 23,
      C: 19,
      S: 8,
      L: 14,
      LB: 2,
      P: 18,
      F: 7,
      U: 19,
      B: 21,
      R: 6,
      BF: 5,
      UB: 10,
      D: 13,
      O: 3
    })
  })

  it('reads titles as they are written', () => {
    const source = [
      'it',
      "('P-05 it''s', f); ",
      'describe',
      '(`U-01 ${x}`); ',
      'it',
      '.skip("BF-02 \\"x\\"")'
    ].join('')
    expect(titlesIn(source).flatMap(idsIn)).to.deep.equal(['P-05', 'U-01', 'BF-02'])
    expect(idsIn('UTF-16, X-1, AB-01 and L-1x')).to.deep.equal([])
  })
})
