import { expect } from 'chai'
import { cheapHash } from '../support/cheap-hash.ts'
import {
  basic,
  CF,
  json,
  OPERATOR,
  OSB_ROUTES,
  PASSWORD,
  platformConfig,
  startEdge,
  type TestEdge
} from '../support/edge.ts'

const WRONG: Record<string, string | undefined> = {
  'no header': undefined,
  'an empty header': '',
  'a wrong user': basic('cg', PASSWORD),
  'a wrong password': basic('cf', `${PASSWORD}x`),
  'a password cut short': basic('cf', PASSWORD.slice(0, -1)),
  'an empty password': basic('cf', ''),
  'Basic alone': 'Basic',
  'Basic with a space': 'Basic ',
  'what is not base64': 'Basic !!!!',
  'base64 without a colon': `Basic ${btoa('cf')}`,
  'a login in clear': `Basic cf:${PASSWORD}`,
  'another scheme': `Bearer ${btoa(`cf:${PASSWORD}`)}`,
  'a scheme that only begins so': `Basics ${btoa(`cf:${PASSWORD}`)}`,
  'no space': `Basic${btoa(`cf:${PASSWORD}`)}`,
  'two logins': `${basic('cf', PASSWORD)}, ${basic('cf', PASSWORD)}`,
  'bytes that are not UTF-8': `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}`,
  'a NUL at the end': basic('cf', `${PASSWORD}\0`),
  'a very long one': `Basic ${'A'.repeat(4000)}`,
  "an operator's login": OPERATOR
}

describe('who is let in', () => {
  let edge: TestEdge

  before(async () => {
    edge = await startEdge()
  })
  after(() => edge.server.close(0))

  for (const [name, authorization] of Object.entries(WRONG))
    it(`G-05: ${name} is 401 on all ten routes`, async () => {
      for (const { path, ...request } of OSB_ROUTES) {
        const response = await edge.fetch(path, { ...request, headers: { Authorization: authorization } })
        expect(response.status, `${request.method} ${path}`).to.equal(401)
        expect(response.headers.get('www-authenticate')).to.match(/^Basic realm=/)
        expect(await json(response)).to.have.all.keys('error', 'description')
      }
      expect(edge.heard).to.deep.equal([])
    })

  it('G-06: 401 comes before version, body and ids', async () => {
    const headers = { Authorization: undefined, 'X-Broker-API-Version': undefined }
    const bad = await edge.fetch('/v2/service_instances/%00', { method: 'PUT', headers, body: '{"a":' })
    expect(bad.status).to.equal(401)
    const good = await edge.fetch('/v2/service_instances/i1', { method: 'PUT', headers, body: '{}' })
    expect(await good.text()).to.equal(await bad.text())
  })

  it('the scheme is read in any case, as HTTP says', async () => {
    const headers = { Authorization: CF.replace('Basic', 'bAsIc') }
    expect((await edge.fetch('/v2/catalog', { headers })).status).to.equal(200)
  })

  it('the broker learns which platform it is', async () => {
    await edge.fetch('/v2/service_instances/i1')
    expect(edge.heard.pop()?.caller.platform.name).to.equal('cf')
  })

  it('a password that a person chose lets in, on the catalog too', async () => {
    const passwordHash = cheapHash('correct horse')
    const slow = await startEdge({ platforms: [platformConfig('sm', { username: 'sm', passwordHash })] })
    const statusOf = async (path: string, password: string) =>
      (await slow.fetch(path, { headers: { Authorization: basic('sm', password) } })).status
    expect(await statusOf('/v2/catalog', 'correct horse')).to.equal(200)
    expect(await statusOf('/v2/catalog', 'correct horse')).to.equal(200)
    expect(await statusOf('/v2/service_instances/i1', 'correct horse')).to.equal(200)
    expect(await statusOf('/v2/service_instances/i1', 'wrong')).to.equal(401)
    await slow.server.close(0)
  })
})
