import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { didDocument, documentOfJwk, documentUrl, issuerOf, webDid } from '../../src/trust/did.ts'
import { signingKeyOf } from '../../src/trust/signing-key.ts'

const key = () => signingKeyOf(randomBytes(32)).publicKey

describe('did:web', () => {
  for (const [url, did, document] of [
    ['https://p.example.org', 'did:web:p.example.org', 'https://p.example.org/.well-known/did.json'],
    ['https://p.example.org:443', 'did:web:p.example.org', 'https://p.example.org/.well-known/did.json'],
    [
      'https://P.Example.org:8443',
      'did:web:p.example.org%3A8443',
      'https://p.example.org:8443/.well-known/did.json'
    ],
    ['https://p.example.org/a/b', 'did:web:p.example.org:a:b', 'https://p.example.org/a/b/did.json'],
    [
      'https://p.example.org:8443/a',
      'did:web:p.example.org%3A8443:a',
      'https://p.example.org:8443/a/did.json'
    ],
    [
      'https://p.example.org/a:b/c%20d',
      'did:web:p.example.org:a%3Ab:c%20d',
      'https://p.example.org/a%3Ab/c%20d/did.json'
    ],
    [
      'https://bücher.example',
      'did:web:xn--bcher-kva.example',
      'https://xn--bcher-kva.example/.well-known/did.json'
    ]
  ] as const)
    it(`of ${url} is ${did}, its document lies at ${document}`, () => {
      expect(webDid(url)).to.equal(did)
      expect(documentUrl(did)).to.equal(document)
    })

  for (const url of [
    'http://p.example.org',
    'https://localhost:8443',
    'https://broker.localhost',
    'https://broker',
    'https://203.0.113.7',
    'https://0x7f000001',
    'https://[2001:db8::1]:8443'
  ])
    it(`is not for ${url}, which is no name that others resolve`, () => {
      expect(webDid(url)).to.equal(undefined)
      expect(issuerOf(url, key()).method).to.equal('jwk')
    })

  it('has every key in its document, each for assertions and controlled by itself', () => {
    const [now, before] = [key(), key()]
    const document = didDocument(issuerOf('https://p.example.org/a', now), [now, before])
    const ids = [now, before].map(({ kid }) => `did:web:p.example.org:a#${kid}`)
    expect(document['id']).to.equal('did:web:p.example.org:a')
    expect((document['@context'] as string[])[0]).to.equal('https://www.w3.org/ns/did/v1')
    expect(document['assertionMethod']).to.deep.equal(ids)
    expect(document['verificationMethod']).to.deep.equal(
      [now, before].map((publicKeyJwk, index) => ({
        id: ids[index],
        type: 'JsonWebKey',
        controller: 'did:web:p.example.org:a',
        publicKeyJwk
      }))
    )
  })
})

describe('did:jwk', () => {
  it('is the key itself, and its document is read from it alone', () => {
    const [mine, other] = [key(), key()]
    const issuer = issuerOf(undefined, mine)
    const document = documentOfJwk(issuer.did)
    expect(document).to.deep.equal(didDocument(issuer, [other, mine]))
    const { kid: _, ...jwk } = mine
    expect(document?.['verificationMethod']).to.deep.equal([
      { id: `${issuer.did}#0`, type: 'JsonWebKey', controller: issuer.did, publicKeyJwk: jwk }
    ])
  })

  it('has no document when it is damaged, or something else', () => {
    for (const did of ['did:jwk:', 'did:jwk:e30x', 'did:jwk:W10', 'did:web:p.example.org'])
      expect(documentOfJwk(did)).to.equal(undefined)
  })
})
