import { expect } from 'chai'
import { newId } from '../../src/domain/new-id.ts'

describe('An id of ours', () => {
  it('is a UUID of version 7', () => {
    expect(newId()).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('sorts by the time it was made', () => {
    expect(newId(1000) < newId(1001)).to.equal(true)
    expect(newId(0).startsWith('00000000-0000-7')).to.equal(true)
  })

  it('never comes twice', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newId(1))).size).to.equal(10_000)
  })
})
