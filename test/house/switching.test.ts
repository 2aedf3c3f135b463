import { join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'
import { switchIdsIn, titlesBelow } from './titles.ts'

/** What a switch has to do, in our words, by the ids that tests carry in their titles. */
const DEMANDS = `
SW-01 can be asked for by whoever owns the instance
SW-04 looks before it touches anything, and a blocking finding stops it by name
SW-05 leaves the service usable until the freeze, whose length it measures and tells
SW-06 never cuts over what is not proven equal; the source is writable again
SW-07 compares every kind of object, counts and contents by means of its own
SW-08 survives a kill at every step
SW-09 hands out logins anew; the old ones work until the freeze
SW-10 keeps the source for the retention
SW-11 erases it then, checks that, and gives a receipt
SW-12 comes back, with what was written meanwhile
SW-14 writes an audit that shows when it was tampered with
SW-18 gives a receipt that can be verified offline
SW-19 tells no secret and no content in command lines, logs and files
SW-20 asks before it loses a certification, a country or a promise
SW-21 is not blinded by row security
SW-22 tells different from could not be verified
SW-23 does not begin where nobody can copy, and fails when one part of the copying does
SW-24 freezes everyone: every login, idle sessions, prepared transactions
SW-25 finds what came late
SW-26 looks for what a copy trips over
SW-27 compares the settings of both servers
SW-29 can be rehearsed
SW-32 tells who still knocks at the source
SW-33 is ready for load when it is done
`
  .trim()
  .split('\n')
  .map((line) => line.slice(0, 5))

describe('What a switch has to do', () => {
  const tested = titlesBelow(join(root, 'test'), join(root, 'adapters')).flatMap(switchIdsIn)

  it('has a test each', () => {
    expect(DEMANDS.filter((id) => !tested.includes(id))).to.deep.equal([])
  })

  it('is all there is: a title names no other', () => {
    expect(new Set(DEMANDS).size).to.equal(24)
    expect(tested.filter((id) => !DEMANDS.includes(id))).to.deep.equal([])
  })

  it('is read from titles, and from nothing that looks alike', () => {
    expect(switchIdsIn('SW-05 and SW-12 but no SW-1, XSW-03 or SW-100')).to.deep.equal(['SW-05', 'SW-12'])
  })
})
