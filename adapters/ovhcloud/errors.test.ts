import { expect } from 'chai'
import type { ProviderFailure } from '../../src/contract/errors.ts'
import { failureFrom } from './errors.ts'
import { fixture } from './fake/wire.ts'

describe('an answer of OVHcloud that is no success', () => {
  const table: readonly (readonly [string, number, Partial<ProviderFailure>, string])[] = [
    ['error-no-update', 400, { kind: 'invalid' }, 'nothing would change'],
    ['error-invalid-signature', 400, { kind: 'denied' }, 'Invalid signature'],
    ['error-invalid-token', 401, { kind: 'denied' }, 'token'],
    ['error-forbidden', 403, { kind: 'denied' }, 'publicCloudProject:apiovh:database/postgresql/create'],
    ['error-quota', 403, { kind: 'quota' }, 'Quota exceeded'],
    ['error-service-not-found', 404, { kind: 'not-found' }, 'service'],
    ['error-no-matching-availability', 404, { kind: 'invalid' }, 'no offer'],
    ['error-unknown-url', 404, { kind: 'invalid' }, 'does not know'],
    ['error-service-not-ready', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'busy'],
    ['error-only-one-modification', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'being changed'],
    ['error-internal', 500, { kind: 'unavailable', mayHaveHappened: true }, '500']
  ]
  for (const [name, status, expected, words] of table) {
    it(`${status} ${name} is ${expected.kind}`, () => {
      const told = failureFrom({ status, headers: {}, body: fixture(name) })
      expect(told).to.include({ mayHaveHappened: false, ...expected })
      expect(told.message).to.contain(words)
    })
  }

  it('means that something is gone only when its class names the thing', () => {
    const gone = [
      'ServiceNotFound',
      'UserNotFound',
      'BackupNotFound',
      'NodeNotFound',
      'IpRestrictionNotFound'
    ]
    const bad = [
      'PlanNotFound',
      'VersionNotFound',
      'RegionNotFound',
      'FlavorNameNotFound',
      'SomethingNotFound'
    ]
    const kinds = [...gone, ...bad].map((name) => {
      const body = { class: `Client::NotFound::${name}`, message: 'x' }
      return failureFrom({ status: 404, headers: {}, body }).kind
    })
    expect(kinds).to.deep.equal([...gone.map(() => 'not-found'), ...bad.map(() => 'invalid')])
  })

  it('is a user whom the list does not show yet, and is looked for again', () => {
    const body = { class: 'Client::Conflict::RedisUserAlreadyExist', message: 'User already exists' }
    expect(failureFrom({ status: 409, headers: {}, body })).to.include({ kind: 'unavailable' })
  })

  for (const [status, message, kind] of [
    [404, 'not found: bucket p not found', 'not-found'],
    [404, 'not found: route', 'invalid'],
    [400, 'BucketNotEmpty: The bucket you tried to delete is not empty', 'conflict'],
    [400, 'TooManyBuckets', 'quota'],
    [500, 'TooManyBuckets', 'unavailable']
  ] as const) {
    it(`${status} "${message}" is ${kind}`, () => {
      const body = { class: 'Client::NotFound', message }
      expect(failureFrom({ status, headers: {}, body }).kind).to.equal(kind)
    })
  }

  for (const [status, kind, mayHaveHappened] of [
    [400, 'invalid', false],
    [401, 'denied', false],
    [403, 'denied', false],
    [404, 'invalid', false],
    [409, 'conflict', false],
    [429, 'throttled', false],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
    [504, 'unavailable', true]
  ] as const) {
    it(`${status} without a class is ${kind}`, () => {
      const told = failureFrom({ status, headers: { 'retry-after': '9' }, body: 'Bad Gateway' })
      expect(told).to.include({ kind, mayHaveHappened })
    })
  }

  it('is read by its status when its class is a word that every object knows', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const told = failureFrom({ status: 409, headers: {}, body: { class: `Client::${name}` } })
      expect(told.kind, name).to.equal('conflict')
    }
  })

  it('is not a sentence with what a stranger put into it', () => {
    const body = { class: 'Client::Conflict', message: 'x\u001b[31m\n<script>' }
    expect(failureFrom({ status: 409, headers: {}, body }).message).to.match(/^[\w .:-]+$/)
  })
})
