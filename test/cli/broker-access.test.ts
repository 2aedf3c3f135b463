import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { cheapHash } from '../support/cheap-hash.ts'
import { EXAMPLE_CATALOG } from '../support/example-catalog.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { root } from '../support/root.ts'
import { selfSigned } from '../support/self-signed.ts'

const OPERATOR = { username: 'ops', password: 'ops-password-6Tq' }
const base = {
  catalog: EXAMPLE_CATALOG,
  providers: { alder: { adapter: 'memory' }, birch: { adapter: 'memory' } },
  platforms: { cf: { logins: [{ username: 'cf', password: 'cf-password-6Tq' }] } }
}

describe('how the command line gets to a broker', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk

  beforeEach(() => {
    at = desk()
    mkdirSync(at.data, { mode: 0o700 })
  })
  afterEach(() => at.remove())

  function certify(): { readonly certificate: string; readonly key: string } {
    const pair = selfSigned()
    writeFileSync(join(at.folder, 'tls.crt'), pair.certificate)
    writeFileSync(join(at.folder, 'tls.key'), pair.key, { mode: 0o600 })
    at.settings({
      ...base,
      operators: [OPERATOR],
      listen: { port: 0, tls: { cert: 'tls.crt', key: 'tls.key' } }
    })
    return pair
  }

  it('knows the broker of its settings by its certificate, without any authority', async () => {
    certify()
    const child = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), 'start'], {
      cwd: at.folder,
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', PORTOLAN_DATA: at.data },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    try {
      for await (const chunk of child.stderr) if (String(chunk).includes('https://')) break
      const { code, out, err } = await at.run(['instances', '--json'])
      expect([code, err]).to.deep.equal([0, ''])
      expect(JSON.parse(out)).to.deep.equal({ items: [] })
    } finally {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
  })

  it('sends no login to a server with another certificate', async () => {
    certify()
    const { certificate: cert, key } = selfSigned()
    let requests = 0
    const stranger = createServer({ cert, key }, (_, response) => {
      requests += 1
      response.end('{"items":[]}')
    })
    stranger.listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    writeFileSync(join(at.data, 'url'), `https://127.0.0.1:${port}\n`)
    try {
      const { code, err } = await at.run(['instances'])
      expect(code).to.equal(3)
      expect(err).to.include('it shows another certificate than listen.tls.cert')
      const named = await at.run(['instances'], { PORTOLAN_URL: `https://localhost:${port}` })
      expect(named.code).to.equal(3)
      expect(named.err).to.match(/cannot be reached: .*self.signed/)
      expect(requests).to.equal(0)
    } finally {
      stranger.close()
    }
  })

  it('follows no redirect', async () => {
    at.settings({ ...base, operators: [OPERATOR] })
    const elsewhere = createHttpServer((_, response) =>
      response.writeHead(302, { Location: 'http://192.0.2.1/' }).end()
    )
    elsewhere.listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    const { port } = elsewhere.address() as AddressInfo
    const { code, err } = await at.run(['instances'], { PORTOLAN_URL: `http://127.0.0.1:${port}` })
    elsewhere.close()
    expect(code).to.equal(3)
    expect(err).to.include('is not Portolan (302)')
  })

  it('asks for the login where the settings have only hashed passwords', async () => {
    at.settings({
      ...base,
      operators: [{ username: 'anna', passwordHash: cheapHash('secret') }],
      listen: { port: 9 }
    })
    const { code, err } = await at.run(['instances'])
    expect([code, err]).to.deep.equal([
      4,
      "portolan: no operator's login is known (the settings have only hashed passwords): set PORTOLAN_OPERATOR_USERNAME and PORTOLAN_OPERATOR_PASSWORD\n"
    ])
  })

  it('tells wrong settings in one message, and needs none when the environment says all', async () => {
    at.settings({ ...base, nix: true })
    const wrong = await at.run(['instances'])
    expect([wrong.code, wrong.err]).to.deep.equal([
      1,
      'portolan: A setting is wrong: portolan.yaml:1: nix: no such setting\n'
    ])
    const told = await at.run(['instances'], {
      PORTOLAN_URL: 'http://127.0.0.1:9',
      PORTOLAN_OPERATOR_PASSWORD: 'some-password'
    })
    expect(told.code).to.equal(3)
  })

  for (const url of ['ftp://127.0.0.1', 'http://u:p@127.0.0.1', 'nonsense', 'http://127.0.0.1/?x=1']) {
    it(`refuses PORTOLAN_URL=${url}`, async () => {
      const { code, err } = await at.run(['instances'], {
        PORTOLAN_URL: url,
        PORTOLAN_OPERATOR_PASSWORD: 'x-password'
      })
      expect([code, err]).to.deep.equal([
        2,
        'portolan: PORTOLAN_URL must be an http or https address without a login\n'
      ])
    })
  }
})
