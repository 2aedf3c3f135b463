import { expect } from 'chai'
import { copySieve } from '../../src/transport/copy-sieve.ts'
import { message } from '../support/hostile-postgres.ts'

describe('the sieve for rows of a COPY', () => {
  const messages = [
    message('N', 'a notice'),
    message('H', '\0\0\0'),
    message('d', 'one'),
    message('d'),
    message('S', 'TimeZone\0UTC\0'),
    message('d', 'x'.repeat(300)),
    message('c'),
    message('C', 'COPY 3\0'),
    message('Z', 'I')
  ]
  const whole = Buffer.concat(messages)
  const only = (isWanted: (letter: string) => boolean) =>
    Buffer.concat(messages.filter((each) => isWanted(String.fromCharCode(each[0] ?? 0))))

  for (const size of [1, 2, 3, 4, 5, 6, 7, 11, 64, 299, 10_000]) {
    it(`parts whole messages that come in pieces of ${size} bytes`, () => {
      const rows: Buffer[] = []
      const rest: Buffer[] = []
      const sieve = copySieve({ copyData: (bytes) => rows.push(bytes), rest: (bytes) => rest.push(bytes) })
      for (let at = 0; at < whole.length; at += size) sieve(whole.subarray(at, at + size))
      expect(Buffer.concat(rows)).to.deep.equal(only((letter) => letter === 'd'))
      expect(Buffer.concat(rest)).to.deep.equal(only((letter) => letter !== 'd'))
    })
  }

  it('hands rows over in the order in which they stand among the other messages', () => {
    const seen: string[] = []
    const note = (name: string) => (bytes: Buffer) => seen.push(`${name} ${bytes.length}`)
    copySieve({ copyData: note('rows'), rest: note('rest') })(whole)
    expect(seen.map((each) => each.split(' ')[0])).to.deep.equal(['rest', 'rows', 'rest', 'rows', 'rest'])
  })

  it('refuses a message that says it is shorter than its own length', () => {
    const sieve = copySieve({ copyData: () => undefined, rest: () => undefined })
    expect(() => sieve(message('d').fill(3, 4))).to.throw(RangeError)
  })
})
