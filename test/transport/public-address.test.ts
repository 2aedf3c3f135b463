import { expect } from 'chai'
import { isLoopbackAddress, isPublicAddress } from '../../src/transport/public-address.ts'

describe('an address', () => {
  const table: readonly (readonly [string, boolean])[] = [
    ['51.15.235.76', true],
    ['8.8.8.8', true],
    ['172.32.0.1', true],
    ['2001:bc8:1200::1', true],
    ['2a00:1450:4001::8a', true],
    ['0.0.0.0', false],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['127.0.0.1', false],
    ['169.254.169.254', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['198.19.255.255', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::ffff:10.0.0.1', false],
    ['::ffff:51.15.235.76', false],
    ['64:ff9b::a00:1', false],
    ['2001:0:1::1', false],
    ['2001:db8::1', false],
    ['2002:a00:1::1', false],
    ['fc00::1', false],
    ['fe80::1', false],
    ['ff02::1', false],
    ['localhost', false],
    ['', false]
  ]
  for (const [address, expected] of table) {
    it(`"${address}" is ${expected ? '' : 'not '}public`, () => {
      expect(isPublicAddress(address)).to.equal(expected)
    })
  }

  it('is loopback in 127.0.0.0/8 and at ::1 only', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].every(isLoopbackAddress)).to.equal(true)
    expect(['10.0.0.1', '::2', 'localhost', '128.0.0.1'].some(isLoopbackAddress)).to.equal(false)
  })
})
