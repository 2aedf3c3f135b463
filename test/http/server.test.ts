import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'chai'
import type { Answer } from '../../src/domain/caller.ts'
import { CATALOG_TEXT, CF, startEdge } from '../support/edge.ts'
import { rawConnection } from '../support/raw-http.ts'

const GET = `GET /v2/service_instances/i1 HTTP/1.1\r\nHost: x\r\nAuthorization: ${CF}\r\nX-Broker-API-Version: 2.17\r\n`

describe('the server', () => {
  it('serves many requests on one connection, also after refusals', async () => {
    const edge = await startEdge()
    const { socket, closed } = await rawConnection(edge.server.port)
    const refused = GET.replace('i1', '%00')
    socket.write(`${GET}\r\n${refused}\r\n${GET}\r\n${GET}Connection: close\r\n\r\n`)
    const text = await closed()
    expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(
      ['200', '400', '200', '200'].map((status) => `HTTP/1.1 ${status}`)
    )
    expect(text).to.include('Keep-Alive: timeout=95')
    await edge.server.close(0)
  })

  it('says why it cannot listen', async () => {
    const edge = await startEdge()
    const error = await startEdge({ listening: { port: edge.server.port } }).catch((reason) => reason)
    expect(error).to.have.property('code', 'EADDRINUSE')
    await edge.server.close(0)
  })

  describe('closing', () => {
    it('finishes what runs, refuses what is new, and ends idle connections', async () => {
      const edge = await startEdge()
      const running = pending<Answer>()
      const arrived = pending<void>()
      edge.answer = () => {
        arrived.resolve()
        return running.promise
      }
      const idle = await rawConnection(edge.server.port)
      const busy = await rawConnection(edge.server.port)
      busy.socket.write(`${GET}\r\n`)
      await arrived.promise
      const closed = edge.server.close(30)
      await idle.closed()
      expect(await rawConnection(edge.server.port).catch((error) => error.code)).to.equal('ECONNREFUSED')
      running.resolve({ status: 200, body: { late: true } })
      const answer = await busy.closed()
      expect(answer)
        .to.match(/^HTTP\/1\.1 200 /)
        .and.include('{"late":true}')
      expect(answer).to.match(/connection: close/i)
      await closed
    })

    it('may be asked for twice', async () => {
      const edge = await startEdge()
      const first = edge.server.close(1)
      expect(edge.server.close(1)).to.equal(first)
      await first
      await edge.server.close(1)
    })

    it('ends what does not end by itself when the grace is over', async () => {
      const edge = await startEdge()
      const arrived = pending<void>()
      edge.answer = () => {
        arrived.resolve()
        return new Promise(() => undefined)
      }
      const busy = await rawConnection(edge.server.port)
      busy.socket.write(`${GET}\r\n`)
      await arrived.promise
      await edge.server.close(0.05)
      expect(await busy.closed()).to.equal('')
    })
  })

  describe('TLS', () => {
    let folder: string
    let tls: { cert: string; key: string }

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'portolan-tls-'))
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
      execFileSync(
        'openssl',
        ['req', '-x509', '-nodes', '-days', '1', ...curve, ...subject, '-keyout', key, '-out', cert],
        {
          stdio: 'ignore'
        }
      )
      tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
    })
    after(() => rmSync(folder, { recursive: true }))

    it('G-22: the catalog is served over TLS to a client that verifies', async () => {
      const edge = await startEdge({ listening: { tls } })
      expect(edge.url).to.match(/^https:/)
      const headers = { Authorization: CF, 'X-Broker-API-Version': '2.17' }
      const text = await new Promise<string>((resolve, reject) => {
        request(`${edge.url}/v2/catalog`, { headers, ca: tls.cert, agent: false }, (response) => {
          response.toArray().then((chunks) => resolve(Buffer.concat(chunks).toString()), reject)
        })
          .on('error', reject)
          .end()
      })
      expect(text).to.equal(CATALOG_TEXT)
      await edge.server.close(0)
    })

    it('TLS older than 1.2 is refused', async () => {
      const edge = await startEdge({ listening: { tls } })
      const code = await new Promise((resolve) => {
        const options = { port: edge.server.port, host: '127.0.0.1', rejectUnauthorized: false }
        const socket = connect({ ...options, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, () =>
          resolve('connected')
        )
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      })
      expect(code).to.be.a('string').and.not.equal('connected')
      await edge.server.close(0)
    })
  })
})

function pending<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
