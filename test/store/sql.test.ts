import { expect } from 'chai'
import { compileSql } from '../../src/store/session.ts'

describe('SQL written once for both databases', () => {
  const numbered = (position: number) => `$${position}`

  it('binds parameters and the time in the order in which they stand', () => {
    const { text, bind } = compileSql('update t set a = ?, b = :now where c = ? and d < :now', numbered)
    expect(text).to.equal('update t set a = $1, b = $2 where c = $3 and d < $4')
    expect(bind(['x', 7], () => 99)).to.deep.equal(['x', 99, 7, 99])
  })

  it('writes the database’s own time into the text where it has one', () => {
    const { text, bind } = compileSql('select ? + :now', numbered, 'clock()')
    expect(text).to.equal('select $1 + clock()')
    expect(bind([1], () => 99)).to.deep.equal([1])
  })

  it('binds null for a parameter that is missing', () => {
    expect(compileSql('select ?, ?', () => '?').bind(['x'], () => 0)).to.deep.equal(['x', null])
  })

  it('leaves words alone that only begin like the time', () => {
    expect(compileSql('select :nowhere', numbered).text).to.equal('select :nowhere')
  })
})
