import { expect } from 'chai'
import type { Catalog } from '../../src/domain/offer.ts'
import { adviceOn } from '../../src/start/advice.ts'

describe('adviceOn', () => {
  const plan = { name: 'small', regions: ['r'], defaultRegion: 'r' }
  const catalogOf = (plans: readonly object[]) => ({
    current: () => ({ offerings: [{ name: 'postgresql', plans }] }) as unknown as Catalog
  })
  const full = catalogOf([plan])
  const at = (host: string, tls?: { cert: string; key: string }) => ({
    listen: { host, port: 8080, ...(tls && { tls }) }
  })

  it('has nothing to say of a filled catalog on loopback', () => {
    for (const host of ['127.0.0.1', '::1', 'localhost']) expect(adviceOn(at(host), full)).to.deep.equal([])
  })

  it('tells that nothing can be ordered, and what would mend it', () => {
    expect(adviceOn(at('::1'), catalogOf([]))[0])
      .to.include('nothing to order')
      .and.include('local: true')
  })

  it('tells that passwords cross the network in clear, but not behind TLS', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'portolan.example.org'])
      expect(adviceOn(at(host), full).join()).to.include('listen.tls')
    expect(adviceOn(at('0.0.0.0', { cert: 'c', key: 'k' }), full)).to.deep.equal([])
  })
})
