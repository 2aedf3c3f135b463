import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { Key } from '../../src/config/config.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { didRoutes } from '../../src/start/did-routes.ts'
import { openConfiguredReceipts } from '../../src/start/receipts.ts'
import type { ReceiptIssuer } from '../../src/trust/receipts.ts'
import { type Core, openCore } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { json, startEdge } from '../support/edge.ts'
import { root } from '../support/root.ts'
import { storeRows } from '../support/store-rows.ts'
import { FACTS, PUBLIC_URL } from '../trust/scene.ts'

const run = promisify(execFile)
const key = (id: string): Key => ({ id, key: randomBytes(32) })

for (const database of databases)
  describe(`Receipts of a broker on ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let core: Core
    let folder: string

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'portolan-receipts-'))
      place = await database.fresh()
      core = await openCore(place.address, { idle: true })
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
      rmSync(folder, { recursive: true })
    })

    const sealing = key('k1')
    const opened = (signingKeys: readonly Key[] = [], publicUrl = PUBLIC_URL, keys = [sealing]) =>
      openConfiguredReceipts({ keys, signingKeys, publicUrl }, core.store)

    async function served(receipts: ReceiptIssuer, path: string) {
      const edge = await startEdge({ api: didRoutes(receipts.issuer, core.store) })
      const bare = { Authorization: undefined, 'X-Broker-API-Version': undefined }
      try {
        const response = await edge.fetch(path, { headers: bare })
        return { status: response.status, body: await json(response), headers: response.headers }
      } finally {
        await edge.server.close(0)
      }
    }

    async function verifiedElsewhere(receipt: string, document: JsonObject): Promise<JsonObject> {
      const files = [join(folder, 'receipt.jwt'), join(folder, 'did.json')] as const
      writeFileSync(files[0], receipt)
      writeFileSync(files[1], JSON.stringify(document))
      const script = join(root, 'test/trust/verify-with-jose.mjs')
      const { stdout } = await run(process.execPath, [script, ...files], { env: {} })
      return JSON.parse(stdout)
    }

    it('SW-18 are verified offline by a program that has only jose and did.json', async () => {
      const receipts = await opened()
      const receipt = await receipts.completion(FACTS)
      const { status, body, headers } = await served(receipts, '/.well-known/did.json')
      expect(status).to.equal(200)
      expect(headers.get('content-type')).to.match(/^application\/json/)
      expect(headers.get('access-control-allow-origin')).to.equal('*')
      const { credentialSubject } = await verifiedElsewhere(receipt, body)
      const { from, to, figures, verification, timeline } = credentialSubject as JsonObject
      expect(from).to.include({ provider: 'berlin' })
      expect(to).to.include({ provider: 'paris' })
      expect(figures).to.include({ freezeMs: 4000 })
      expect(verification).to.include({ verdict: 'equal', digest: 'a'.repeat(64) })
      expect(timeline).to.have.length(3)

      const [head, , signature] = receipt.split('.')
      const forged = Buffer.from(JSON.stringify({ issuer: receipts.issuer.did })).toString('base64url')
      const failure = await verifiedElsewhere(`${head}.${forged}.${signature}`, body).catch((error) => error)
      expect(failure)
        .to.be.an('error')
        .with.property('message')
        .that.includes('signature verification failed')
    })

    it('verify after their key has left the settings: the public half stays in the store', async () => {
      const [first, second] = [key('s1'), key('s2')]
      const old = await (await opened([first])).completion(FACTS)
      await opened([second, first])
      const now = await opened([second])
      const { body } = await served(now, '/.well-known/did.json')
      expect(body['assertionMethod']).to.have.length(2)
      for (const each of [old, await now.completion(FACTS)])
        expect(await verifiedElsewhere(each, body)).to.have.property('credentialSubject')
    })

    it('are signed by all replicas with one key, also when none was given', async () => {
      await Promise.all([opened(), opened(), opened()])
      expect(await storeRows(place.address, 'select id from signing_keys')).to.have.length(1)
      await opened([], PUBLIC_URL, [key('k2'), sealing])
      expect(await storeRows(place.address, 'select id from signing_keys')).to.have.length(2)
    })

    it('leave no private key in the store', async () => {
      const signing = key('s1')
      await (await opened([signing])).completion(FACTS)
      const rows = await storeRows(place.address, 'select * from signing_keys')
      expect(rows).to.have.length(1)
      for (const form of ['base64', 'base64url', 'hex'] as const)
        expect(JSON.stringify(rows)).to.not.include(signing.key.toString(form))
      expect(JSON.parse(String(rows[0]?.['jwk_json']))).to.have.all.keys('kty', 'crv', 'x', 'y', 'alg', 'kid')
    })

    it('of a public address with a path have their document below that path', async () => {
      const receipts = await opened([], `${PUBLIC_URL}:8443/a/b`)
      for (const path of ['/a/b/did.json', '/did.json', '/.well-known/did.json']) {
        const { status, body } = await served(receipts, path)
        expect([status, body['id']]).to.deep.equal([200, 'did:web:portolan.example.org%3A8443:a:b'])
      }
    })

    it('of an address without a name have the document of their key', async () => {
      const receipts = await opened([], 'http://127.0.0.1:8080')
      const { body } = await served(receipts, '/.well-known/did.json')
      expect(body['id']).to.match(/^did:jwk:/)
      expect(await verifiedElsewhere(await receipts.completion(FACTS), body)).to.have.property('issuerNote')
      expect((await served(receipts, '/did.json')).status).to.equal(404)
    })
  })
