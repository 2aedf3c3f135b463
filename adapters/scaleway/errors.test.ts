import { expect } from 'chai'
import type { ProviderFailure } from '../../src/contract/errors.ts'
import { failureFrom } from './errors.ts'
import { fixture } from './fake/wire.ts'

describe('an answer of Scaleway that is no success', () => {
  const table: readonly (readonly [string, number, Partial<ProviderFailure>, string])[] = [
    [
      'error-invalid-arguments',
      400,
      { kind: 'invalid' },
      'node_type (constraint: node type is not available)'
    ],
    ['error-invalid-request', 400, { kind: 'invalid' }, 'name'],
    ['error-denied-authentication', 401, { kind: 'denied' }, 'api_key expired'],
    ['error-permissions-denied', 403, { kind: 'denied' }, 'write relational_databases'],
    ['error-permissions-denied-bare', 403, { kind: 'denied' }, 'insufficient permissions'],
    ['error-quotas-exceeded', 403, { kind: 'quota' }, 'RdbInstances (5 of 5)'],
    ['error-not-found', 404, { kind: 'not-found' }, 'instance'],
    ['error-unknown-resource', 404, { kind: 'not-found' }, 'not there'],
    ['error-transient-state', 409, { kind: 'unavailable', retryAfterSeconds: 10 }, 'configuring'],
    ['error-already-exists', 409, { kind: 'conflict' }, 'database'],
    ['error-tuple', 409, { kind: 'throttled', retryAfterSeconds: 2 }, 'changing'],
    ['error-expired', 410, { kind: 'not-found' }, 'expired'],
    ['error-resource-expired', 410, { kind: 'not-found' }, 'expired'],
    ['error-precondition-failed', 412, { kind: 'conflict' }, 'delete its replicas first'],
    ['error-locked', 423, { kind: 'denied' }, 'locked'],
    ['error-too-many-requests', 429, { kind: 'throttled', retryAfterSeconds: 42 }, 'no more requests'],
    ['error-out-of-stock', 503, { kind: 'quota' }, 'out of stock'],
    ['error-not-implemented', 501, { kind: 'invalid' }, 'does not offer'],
    // The numbers of these are not documented, so they do not decide.
    ['error-out-of-stock', 400, { kind: 'quota' }, 'out of stock'],
    ['error-too-many-requests', 403, { kind: 'throttled' }, 'no more requests'],
    ['error-expired', 404, { kind: 'not-found' }, 'expired']
  ]
  for (const [name, status, expected, words] of table) {
    it(`${status} ${name} is ${expected.kind}`, () => {
      const told = failureFrom({ status, headers: {}, body: fixture(name) })
      expect(told).to.include({ mayHaveHappened: false, ...expected })
      expect(told.message).to.contain(words)
    })
  }

  for (const [status, kind, mayHaveHappened] of [
    [400, 'invalid', false],
    [401, 'denied', false],
    // Nobody says what is gone: it may not be the API at all.
    [404, 'unexpected', false],
    [410, 'unexpected', false],
    [409, 'conflict', false],
    [423, 'denied', false],
    [429, 'throttled', false],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
    [504, 'unavailable', true]
  ] as const) {
    it(`${status} without a type is ${kind}`, () => {
      const told = failureFrom({ status, headers: { 'retry-after': '9' }, body: 'Bad Gateway' })
      expect(told).to.include({ kind, mayHaveHappened })
    })
  }

  it('is read by its status when its type is a word that every object knows', () => {
    for (const type of ['constructor', 'toString', '__proto__']) {
      const told = failureFrom({ status: 400, headers: {}, body: JSON.parse(`{"type":"${type}"}`) })
      expect(told.kind, type).to.equal('invalid')
    }
  })

  it('is not a sentence with what a stranger put into it', () => {
    const body = { type: 'not_found', resource: 'x\u001b[31m\n<script>', resource_id: 'y' }
    expect(failureFrom({ status: 404, headers: {}, body }).message).to.match(/^[\w .:-]+$/)
  })
})
