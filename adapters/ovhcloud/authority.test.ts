import { expect } from 'chai'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { failureOf } from '../../test/support/failures.ts'
import { httpCall, NOW } from '../../test/support/http-call.ts'
import { useProviderMock } from '../../test/support/provider-mock.ts'
import { PROJECT } from './fake/start-fake.ts'
import { fixture, made, ROOT } from './fake/wire.ts'
import { adapter } from './index.ts'

describe('ovhcloud as a service account, to the byte', () => {
  const tokens = useProviderMock('https://www.ovh.com')
  const mock = useProviderMock('https://eu.api.ovh.com')
  const SECRET = 'the-client-secret'
  const open = () => adapter.open({ project: PROJECT, clientId: 'EU.me', clientSecret: SECRET })

  function expectToken(token: string) {
    tokens.expect(asksToken, {
      status: 200,
      body: { ...(fixture('token') as JsonObject), access_token: token }
    })
  }

  const asksToken = {
    method: 'POST',
    path: '/auth/oauth2/token',
    sends: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { grant_type: 'client_credentials', client_id: 'EU.me', client_secret: SECRET, scope: 'all' }
  } as const

  function expectPing(token: string, answer: { status: number; body: Json }) {
    mock.expect({ method: 'GET', path: ROOT, sends: { authorization: `Bearer ${token}` } }, answer)
  }

  it('keeps a token until a minute before its end', async () => {
    const opened = open()
    const later = (seconds: number) => httpCall({ now: new Date(NOW.getTime() + seconds * 1000) })
    expectToken('one')
    expectPing('one', { status: 200, body: [] })
    await opened.ping(later(0))
    expectPing('one', { status: 200, body: [] })
    await opened.ping(later(3538))
    expectToken('two')
    expectPing('two', { status: 200, body: [] })
    await opened.ping(later(3539))
  })

  it('asks for one new token when its own is refused, and for no third', async () => {
    const refused = { status: 401, body: fixture('error-invalid-token') }
    const opened = open()
    expectToken('one')
    expectPing('one', refused)
    expectToken('two')
    expectPing('two', { status: 200, body: [] })
    await opened.ping(httpCall())
    expectPing('two', refused)
    expectToken('three')
    expectPing('three', refused)
    expect((await failureOf(opened.ping(httpCall()))).kind).to.equal('denied')
  })

  it('says that it is not known, without its secret', async () => {
    tokens.expect(asksToken, { status: 400, body: fixture('error-invalid-client') })
    const told = await failureOf(open().ping(httpCall()))
    expect(told.kind).to.equal('denied')
    expect(told.message).to.contain('invalid_client').and.not.contain(SECRET)
  })

  it('knows that a request whose token did not come had no effect', async () => {
    for (const answer of [
      { status: 503, body: '<html>maintenance</html>' },
      { status: 200, body: '<html>maintenance</html>' },
      { breaks: 'ECONNRESET' }
    ]) {
      tokens.expect(asksToken, answer)
      const told = await failureOf(open().drivers['postgresql']?.destroy(made, httpCall()))
      expect(told).to.include({ kind: 'unavailable', mayHaveHappened: false })
    }
  })
})
