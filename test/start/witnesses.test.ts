import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { checkpointPlaces, witnessesIn } from '../../src/start/witnesses.ts'

const HEAD = { number: 7, mac: 'm', at: 1_700_000_000_000 }

describe('Witnesses of the audit chain', () => {
  let dataDir: string
  let server: Server
  let held: string | undefined
  let status: number
  let asked: string[]
  let logged: string[]

  before(async () => {
    server = createServer((request, response) => void serve(request, response))
    async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      if (request.method === 'POST' && status === 200) held = Buffer.concat(chunks).toString()
      response.writeHead(request.method === 'GET' && status === 200 && !held ? 404 : status)
      response.end(request.method === 'GET' ? held : undefined)
    }
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'portolan-witness-'))
    held = undefined
    status = 200
    asked = []
    logged = []
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const sink = () => `http://a%40b:secret@127.0.0.1:${(server.address() as AddressInfo).port}/x?y=1`
  const write = (_facts: object, text: string) => {
    logged.push(text)
  }
  const witnesses = (auditSink?: string, broker = 'b1') =>
    witnessesIn(checkpointPlaces({ dataDir, ...(auditSink ? { auditSink } : {}) }), broker, {
      info: write,
      warn: write,
      error: write
    })
  const file = () => join(dataDir, 'audit.checkpoint')

  it('are told of nothing before the first checkpoint, and know it afterwards: a file and an address', async () => {
    const one = witnesses(sink())
    expect(await one.seen()).to.deep.equal([])
    await one.keep(HEAD)
    expect(statSync(file()).mode & 0o777).to.equal(0o600)
    expect(JSON.parse(held ?? '')).to.deep.equal({ broker: 'b1', ...HEAD })
    expect((await witnesses(sink()).seen()).map(({ witness, head }) => [witness, head.number])).to.deep.equal(
      [
        ['audit.checkpoint', 7],
        ['the sink', 7]
      ]
    )
    expect(asked[0]).to.equal(`GET /x?y=1 Basic ${Buffer.from('a@b:secret').toString('base64')}`)
    expect(logged).to.deep.equal([])
  })

  it('may be a file in another place', async () => {
    const path = join(dataDir, 'elsewhere.json')
    const one = witnesses(path)
    await one.seen()
    await one.keep(HEAD)
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({ number: 7 })
  })

  it('that could not be asked are not written over, and hold up nobody', async () => {
    status = 500
    const one = witnesses(sink())
    expect(await one.seen()).to.deep.equal([])
    status = 200
    await one.keep(HEAD)
    expect(held).to.equal(undefined)
    expect(logged).to.deep.equal(['a checkpoint of the audit cannot be read'])
  })

  it('of another broker count for nothing, and that is told', async () => {
    const other = witnesses(undefined, 'b2')
    await other.seen()
    await other.keep(HEAD)
    const one = witnesses()
    expect(await one.seen()).to.deep.equal([])
    expect(logged).to.deep.equal(['a checkpoint of another broker is written over'])
  })

  it('that hold nonsense, or that others may read, are told and left alone', async () => {
    writeFileSync(file(), 'nonsense', { mode: 0o600 })
    const one = witnesses()
    expect(await one.seen()).to.deep.equal([])
    await one.keep(HEAD)
    expect(readFileSync(file(), 'utf8')).to.equal('nonsense')
    expect(logged).to.have.length(1)
  })
})
