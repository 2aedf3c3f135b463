import { expect } from 'chai'
import { APPLICATION, PROJECT } from './fake/start-fake.ts'
import { ROOT } from './fake/wire.ts'
import { asciiJson, signatureOf } from './signature.ts'

describe('a signature of OVHcloud', () => {
  const signed = { ...APPLICATION, timestamp: 1366560945 }

  for (const [method, url, body, expected] of [
    ['GET', 'https://eu.api.ovh.com/1.0/domains/', '', '$1$d3705e8afb27a0d2970a322b96550abfc67bb798'],
    ['GET', `https://eu.api.ovh.com${ROOT}`, '', '$1$987f4525147fabcc8c9e26602f3a1c79d26aeeeb'],
    [
      'POST',
      `https://eu.api.ovh.com/1.0/cloud/project/${PROJECT}/user`,
      '{"description":"osb:6f1c","role":"objectstore_operator"}',
      '$1$746ea235344e41a5447161b086894b16cf633410'
    ]
  ] as const) {
    it(`of ${method} ${url} is the one that others make`, () => {
      expect(signatureOf({ ...signed, method, url, body })).to.equal(expected)
    })
  }

  it('is over ASCII only', () => {
    expect(asciiJson({ description: 'é €\u{1f600}' })).to.equal(
      '{"description":"\\u00e9 \\u20ac\\ud83d\\ude00"}'
    )
  })
})
