import type { LookupFunction } from 'node:net'
import { expect } from 'chai'
import type { MysqlAccess, PostgresqlAccess, RedisAccess } from '../../src/contract/access.ts'
import type { ProviderFailure } from '../../src/contract/errors.ts'
import { failureOf } from './failures.ts'

type ServerAccess = PostgresqlAccess | MysqlAccess | RedisAccess
type Tls = NonNullable<ServerAccess['tls']>

/** A server behind TLS, and what it has been told. */
export interface Stranger {
  readonly certificate: string
  readonly asked: (tls: Tls, host?: string) => Promise<ProviderFailure>
  readonly received: () => string
}

/** Of every port that logs in over TLS. */
export function tellsNothingToStrangers({ certificate, asked, received }: Stranger): void {
  it('tells nothing to one whose certificate nobody knows', async () => {
    const failure = await asked({})
    expect(failure.kind).to.equal('denied')
    expect(failure.message).to.contain('certificate')
    expect(received()).to.equal('')
  })

  it('tells nothing to one whose certificate has another name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const failure = await asked({ ca: certificate, servername: 'other.example' }, host)
      expect(failure.kind).to.equal('denied')
      expect(failure.message).to.contain('certificate')
    }
    expect(received()).to.equal('')
  })
}

/** Of every port that connects to a server; `local` is where nobody listens, on loopback and without TLS. */
export function guardsAddresses<A extends ServerAccess>(
  local: A,
  use: (access: A, lookup?: LookupFunction) => Promise<unknown>
): void {
  const access: A = { ...local, host: 'server.example', tls: {}, network: 'public' }
  const told = (address: string): LookupFunction => {
    return (_host, _options, callback) => callback(null, [{ address, family: 4 }])
  }

  it('connects to no name that leads to loopback, link-local or private addresses', async () => {
    for (const address of ['127.0.0.1', '169.254.169.254', '10.0.0.1', '192.168.1.1'])
      expect((await failureOf(use(access, told(address)))).kind).to.equal('denied')
  })

  it('connects to no such address itself, and says what is not and which setting allows it', async () => {
    const server = local.kind === 'redis' ? 'The Redis server' : 'The database server'
    const begins = `${server} has an address that is not connected to: not public (the setting \`network: private\``
    for (const host of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1']) {
      const failure = await failureOf(use({ ...access, host }))
      expect(failure.kind).to.equal('denied')
      expect(failure.message).to.include(begins)
    }
    expect((await failureOf(use(access, told('10.0.0.1')))).message).to.include(begins)
  })

  it('connects without TLS to loopback only, also where private addresses are allowed', async () => {
    const plain = { ...local, host: 'server.example' }
    expect((await failureOf(use(plain, told('10.0.0.1')))).kind).to.equal('denied')
  })

  it('says unavailable where nobody listens', async () => {
    const failure = await failureOf(use(local))
    expect(failure.kind).to.equal('unavailable')
    expect(failure.message).to.contain('ECONNREFUSED')
    expect(failure.mayHaveHappened).to.equal(false)
  })
}
