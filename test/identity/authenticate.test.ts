import { expect } from 'chai'
import { Refusal } from '../../src/domain/refusal.ts'
import { authenticator } from '../../src/identity/authenticate.ts'
import { parseBasic } from '../../src/identity/basic.ts'
import { hashPassword, matches, parsePasswordHash } from '../../src/identity/password-hash.ts'
import { shortQueue } from '../../src/identity/short-queue.ts'
import { cheapHash } from '../support/cheap-hash.ts'
import { basic, platformConfig } from '../support/edge.ts'

describe('authenticate', () => {
  const two = {
    platforms: [
      { ...platformConfig('a', { username: 'a', password: 'secret-a' }), quotas: { instances: 3 } },
      platformConfig('b', { username: 'b', password: 'secret-b' })
    ],
    operators: [{ username: 'o', password: 'secret-o' }]
  }

  it('tells platforms and operators apart, at once', () => {
    const authenticate = authenticator(two)
    expect(authenticate(basic('a', 'secret-a'))).to.deep.equal({
      kind: 'platform',
      platform: { name: 'a', sees: {}, quotas: { instances: 3 }, allowFrom: [] }
    })
    expect(authenticate(basic('o', 'secret-o'))).to.deep.equal({ kind: 'operator', username: 'o' })
    expect(authenticate(basic('a', 'secret-b'))).to.equal(undefined)
    expect(authenticate(basic('b', 'secret-a'))).to.equal(undefined)
    expect(authenticate(undefined)).to.equal(undefined)
  })

  it('hands out one and the same platform every time, without its logins', () => {
    const authenticate = authenticator(two)
    const once = authenticate(basic('a', 'secret-a'))
    const again = authenticate(basic('a', 'secret-a'))
    expect(once).to.equal(again)
    expect(JSON.stringify(once)).to.not.include('secret')
  })

  it('takes every login of a platform while one is being replaced', () => {
    const platform = platformConfig('a', { username: 'a', password: 'old-secret' })
    const logins = [...platform.logins, { username: 'a', password: 'new-secret' }]
    const authenticate = authenticator({ platforms: [{ ...platform, logins }], operators: [] })
    for (const password of ['old-secret', 'new-secret'])
      expect(authenticate(basic('a', password))).to.have.property('kind', 'platform')
  })

  it('takes passwords with colons and beyond ASCII', () => {
    for (const password of ['a:b::c', 'pässwörd ✓']) {
      const authenticate = authenticator({
        platforms: [platformConfig('a', { username: 'a', password })],
        operators: []
      })
      expect(authenticate(basic('a', password))).to.have.property('kind', 'platform')
    }
  })

  describe('a password that a person chose', () => {
    const passwordHash = cheapHash('correct horse')
    const options = { platforms: [], operators: [{ username: 'anna', passwordHash }] }

    it('is remembered for a minute and then hashed again', async () => {
      let now = 0
      const authenticate = authenticator({ ...options, now: () => now })
      const right = basic('anna', 'correct horse')
      const first = authenticate(right)
      expect(first).to.be.instanceOf(Promise)
      expect(await first).to.deep.equal({ kind: 'operator', username: 'anna' })
      now = 59_999
      expect(authenticate(right)).to.deep.equal({ kind: 'operator', username: 'anna' })
      now = 60_000
      expect(authenticate(right)).to.be.instanceOf(Promise)
    })

    it('that is wrong is never remembered', async () => {
      const authenticate = authenticator(options)
      for (const _ of [1, 2]) {
        const answer = authenticate(basic('anna', 'wrong'))
        expect(answer).to.be.instanceOf(Promise)
        expect(await answer).to.equal(undefined)
      }
    })

    it('costs no hash for a username that has none', () => {
      expect(authenticator(options)(basic('otto', 'correct horse'))).to.equal(undefined)
    })

    it('is checked two at a time with eight waiting; more are told to come back', async () => {
      const authenticate = authenticator(options)
      const answers = await Promise.allSettled(
        Array.from({ length: 13 }, async (_, i) => authenticate(basic('anna', `wrong ${i}`)))
      )
      const refused = answers.filter((answer) => answer.status === 'rejected')
      expect(refused).to.have.length(3)
      for (const { reason } of refused) {
        expect(reason).to.be.instanceOf(Refusal)
        expect(reason).to.include({ status: 429 })
      }
      expect(await authenticate(basic('anna', 'correct horse'))).to.have.property('kind', 'operator')
    })

    it('is hashed with a salt of its own', async () => {
      const [one, other] = [await hashPassword('x y z'), await hashPassword('x y z')]
      expect(one)
        .to.match(/^scrypt:65536:8:1:/)
        .and.not.equal(other)
      expect(await matches('x y z', one)).to.equal(true)
      expect(await matches('x y', one)).to.equal(false)
    }).timeout(20_000)

    for (const written of [
      '',
      'scrypt',
      'scrypt:1:8:1:c2FsdHNhbHQ=:aGFzaA==',
      'scrypt:3000:8:1:c2FsdHNhbHQ=:YWFhYWFhYWFhYWFhYWFhYQ==',
      'scrypt:67108864:8:1:c2FsdHNhbHQ=:YWFhYWFhYWFhYWFhYWFhYQ==',
      'bcrypt:$2b$10$x'
    ])
      it(`"${written}" is no hash`, async () => {
        expect(parsePasswordHash(written)).to.equal(undefined)
        expect(await matches('x', written)).to.equal(false)
      })
  })
})

describe('parseBasic', () => {
  it('reads username and password at the first colon', () => {
    expect(parseBasic(basic('u', 'p:q'))).to.deep.equal({ username: 'u', password: 'p:q' })
    expect(parseBasic(basic('', ''))).to.deep.equal({ username: '', password: '' })
    expect(parseBasic(basic('u', 'p').replaceAll('=', ''))).to.deep.equal({ username: 'u', password: 'p' })
  })

  const wrong = [
    '',
    'Basic',
    'Basic ',
    'Basic dTpw dTpw',
    'Basic dTpw,',
    'Digest dTpw',
    'Basic dTpx=',
    'Basic dTp-',
    'Basic dTp',
    'Basic =',
    'Basic dQ==',
    'BasicdTpw',
    'Basic\tdTpw'
  ]
  for (const header of wrong)
    it(`"${header}" is none`, () => {
      expect(parseBasic(header)).to.equal(undefined)
    })

  it('control characters and bytes that are not UTF-8 are none', () => {
    expect(parseBasic(basic('u', 'p\n'))).to.equal(undefined)
    expect(parseBasic(`Basic ${Buffer.from([0xc3, 0x3a, 0x28]).toString('base64')}`)).to.equal(undefined)
  })
})

describe('shortQueue', () => {
  it('runs one after the other, and goes on after a failure', async () => {
    const queue = shortQueue(1, 2)
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} begins`)
      await Promise.resolve()
      order.push(`${name} ends`)
      if (name === 'a') throw new Error('a failed')
    }
    const done = await Promise.allSettled([queue.run(work('a')), queue.run(work('b')), queue.run(work('c'))])
    expect(order).to.deep.equal(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    expect(done.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled', 'fulfilled'])
  })
})
