// What a customer may do with a receipt and a saved did.json: nothing of Portolan is in here, and no network.
import { readFileSync } from 'node:fs'
import { compactVerify, importJWK } from 'jose'

const [receiptFile, documentFile] = process.argv.slice(2)
const document = JSON.parse(readFileSync(documentFile, 'utf8'))
const { payload, protectedHeader } = await compactVerify(
  readFileSync(receiptFile, 'utf8').trim(),
  async ({ alg, kid }) => {
    if (!document.assertionMethod.includes(kid)) throw new Error(`${kid} is no key for assertions`)
    const method = document.verificationMethod.find(({ id }) => id === kid)
    return importJWK(method.publicKeyJwk, alg)
  },
  { algorithms: ['ES256'] }
)
const vc = JSON.parse(new TextDecoder().decode(payload))
if (protectedHeader.typ !== 'vc+jwt' || vc.issuer !== document.id)
  throw new Error('no receipt of that issuer')
process.stdout.write(JSON.stringify(vc))
