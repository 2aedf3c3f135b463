import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import type { ObjectStorageAccess, PostgresqlAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import { type Ports, SqlState } from '../../src/contract/ports.ts'
import { Circuits } from '../../src/transport/circuits.ts'
import { guardedPorts } from '../../src/transport/guarded-ports.ts'
import { httpPort } from '../../src/transport/http.ts'
import { noPorts, realPorts } from '../conformance/ports.ts'
import { type Clock, clockAt } from '../support/clock.ts'
import { failureOf } from '../support/failures.ts'

const forever = new AbortController().signal
const API = new URL('https://api.example.com/things')
const SILENCE = () => new ProviderFailure('unavailable', 'no answer', { mayHaveHappened: true })

describe('the circuit breakers, by a clock', () => {
  let clock: Clock
  let circuits: Circuits
  let calls: number
  let answer: () => Promise<never> | Promise<number>

  beforeEach(() => {
    clock = clockAt()
    circuits = new Circuits(clock.now)
    calls = 0
    answer = () => Promise.reject(SILENCE())
  })

  function portsOf(provider: string, signal = forever): Ports {
    const heard = async () => {
      calls += 1
      return { status: await answer(), headers: {}, body: undefined }
    }
    const postgresql: Ports['postgresql'] = async (_access, use) => {
      calls += 1
      await answer()
      return use({} as never)
    }
    const s3: Ports['s3'] = () => ({ head: async () => void (await heard()) }) as never
    return guardedPorts(
      { ...noPorts('not asked here'), http: { send: heard }, postgresql, s3 },
      { circuits, provider, signal }
    )
  }

  const ask = (provider = 'larch', url = API, signal = forever) =>
    portsOf(provider, signal).http.send({ method: 'GET', url })

  async function silent(times: number): Promise<void> {
    for (let each = 0; each < times; each++) await failureOf(ask())
  }

  it('open after five calls in a row without an answer, and then let nobody through for half a minute', async () => {
    await silent(4)
    expect(circuits.open()).to.deep.equal([])
    await silent(1)
    expect(circuits.open()).to.deep.equal([
      { provider: 'larch', target: 'api.example.com:443', restsForMs: 30_000 }
    ])
    clock.advance(12_000)
    const told = await failureOf(ask())
    expect(told).to.include({ kind: 'unavailable', mayHaveHappened: false, retryAfterSeconds: 18 })
    expect(told.message).to.equal(
      'The provider larch does not answer at api.example.com:443: it is asked again at 12:00:30 UTC.'
    )
    expect(calls).to.equal(5)
  })

  it('stay closed where an answer of any status came between', async () => {
    await silent(4)
    answer = async () => 503
    await ask()
    answer = () => Promise.reject(SILENCE())
    await silent(4)
    expect(calls).to.equal(9)
    expect(circuits.open()).to.deep.equal([])
  })

  it('let one call through after the rest, and all others again once it is answered', async () => {
    await silent(5)
    clock.advance(30_000)
    let tell = (_status: number): void => {}
    answer = () => new Promise<number>((resolve) => (tell = resolve))
    const probe = ask()
    const meanwhile = await failureOf(ask())
    expect(meanwhile).to.include({ kind: 'unavailable', retryAfterSeconds: 10 })
    expect(meanwhile.message).to.contain('larch')
    expect(calls).to.equal(6)
    tell(500)
    expect((await probe).status).to.equal(500)
    answer = async () => 200
    expect((await ask()).status).to.equal(200)
    expect(circuits.open()).to.deep.equal([])
  })

  it('rest once more when that one call is not answered either', async () => {
    await silent(5)
    clock.advance(30_000)
    await silent(1)
    expect(calls).to.equal(6)
    await silent(1)
    expect(calls).to.equal(6)
    clock.advance(30_000)
    await silent(1)
    expect(calls).to.equal(7)
  })

  it('are one for each provider and host', async () => {
    await silent(5)
    answer = async () => 200
    expect((await ask('elm')).status).to.equal(200)
    expect((await ask('larch', new URL('https://db.example.com:8443/'))).status).to.equal(200)
    expect((await failureOf(ask())).kind).to.equal('unavailable')
  })

  it('do not count what we ended ourselves, and learn nothing from it', async () => {
    const ended = AbortSignal.abort()
    for (let each = 0; each < 9; each++) await failureOf(ask('larch', API, ended))
    expect(circuits.open()).to.deep.equal([])
    await silent(5)
    clock.advance(30_000)
    await failureOf(ask('larch', API, ended))
    expect(calls).to.equal(15)
    await failureOf(ask())
    expect(calls).to.equal(15)
  })

  it('count connections to a database, not what is done over one; a refusal by the server is an answer', async () => {
    const access = { host: 'db.example.com', port: 5432 } as PostgresqlAccess
    const use = (work: () => Promise<number>) => portsOf('larch').postgresql(access, work)
    answer = async () => 0
    for (let each = 0; each < 9; each++) await failureOf(use(() => Promise.reject(SILENCE())))
    expect(await use(async () => 7)).to.equal(7)
    const refused = new ProviderFailure('unavailable', 'starting up', { cause: new SqlState('57P03', 'x') })
    answer = () => Promise.reject(refused)
    for (let each = 0; each < 9; each++) expect(await failureOf(use(async () => 7))).to.equal(refused)
    expect(circuits.open()).to.deep.equal([])
    answer = () => Promise.reject(SILENCE())
    for (let each = 0; each < 5; each++) await failureOf(use(async () => 7))
    expect(circuits.open().map(({ target }) => target)).to.deep.equal(['db.example.com:5432'])
  })

  it('count each request to a bucket', async () => {
    const bucket = () => portsOf('larch').s3({ endpoint: 'https://s3.example.com' } as ObjectStorageAccess)
    for (let each = 0; each < 6; each++) await failureOf(bucket().head())
    expect(calls).to.equal(5)
    expect(circuits.open().map(({ target }) => target)).to.deep.equal(['s3.example.com:443'])
  })

  it('forget a host that nobody has asked for an hour', async () => {
    await silent(5)
    clock.advance(3_600_001)
    expect(circuits.open()).to.deep.equal([])
  })
})

describe('the circuit breakers, before servers that accept and never answer', function () {
  this.timeout(30_000)
  const open: { server: Server; sockets: Set<Socket> }[] = []

  afterEach(() => {
    for (const { server, sockets } of open.splice(0)) {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  })

  async function silentServer(): Promise<{ readonly port: number; connections(): number }> {
    const sockets = new Set<Socket>()
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      sockets.add(socket)
      socket.on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    open.push({ server, sockets })
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, connections: () => connections }
  }

  it('wait for the fifth call at last, and for no other; another host of the provider is served', async () => {
    const silent = await silentServer()
    const http = httpPort({ signal: forever, network: 'private', timeoutSeconds: 0.2 })
    const circuits = new Circuits(Date.now)
    const ports = guardedPorts(
      { ...noPorts('not asked here'), http },
      { circuits, provider: 'larch', signal: forever }
    )
    const ask = (port: number) =>
      ports.http.send({ method: 'GET', url: new URL(`http://127.0.0.1:${port}/`) })
    for (let each = 0; each < 5; each++) await failureOf(ask(silent.port))
    for (let each = 0; each < 50; each++) {
      expect((await failureOf(ask(silent.port))).message).to.contain('The provider larch does not answer')
    }
    expect(silent.connections()).to.equal(5)

    const well = createHttpServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
    open.push({ server: well, sockets: new Set() })
    await once(well, 'listening')
    expect((await ask((well.address() as AddressInfo).port)).status).to.equal(200)
  })

  it('guard the way into a database as well', async () => {
    const silent = await silentServer()
    const step = new AbortController()
    const circuits = new Circuits(Date.now)
    const connect = (signal: AbortSignal) =>
      guardedPorts(
        realPorts(signal),
        // The connections are cut, so that nobody waits ten seconds for each; to the breaker it is the server that says nothing.
        { circuits, provider: 'larch', signal: forever }
      ).postgresql(
        {
          kind: 'postgresql',
          host: '127.0.0.1',
          port: silent.port,
          user: 'u',
          password: 'p',
          database: 'd',
          network: 'private'
        },
        async () => 'in'
      )
    const waiting = Array.from({ length: 5 }, () => failureOf(connect(step.signal)))
    while (silent.connections() < 5) await new Promise((resolve) => setTimeout(resolve, 5))
    step.abort()
    await Promise.all(waiting)
    expect((await failureOf(connect(forever))).message).to.match(
      /larch does not answer at 127\.0\.0\.1:\d+: .* UTC/
    )
    expect(silent.connections()).to.equal(5)
  })
})
