import type { ApiRoute } from '../http/route.ts'
import type { Store } from '../store/store.ts'
import { didDocument, documentUrl, type Issuer } from '../trust/did.ts'
import type { PublicKey } from '../trust/signing-key.ts'

/**
 * Where the keys of receipts are found. A public address with a path has its document below that path (did:web), which a proxy
 * may pass on with the path or without it, as it does with `/v2`.
 */
export function didRoutes(
  issuer: Issuer,
  store: Pick<Store, 'database' | 'signingKeys'>
): readonly ApiRoute[] {
  const handle: ApiRoute['handle'] = async () => {
    const keys = await store.database.read((session) => store.signingKeys.list(session))
    return {
      status: 200,
      body: didDocument(issuer, keys as unknown as readonly PublicKey[]),
      headers: { 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' }
    }
  }
  return paths(issuer).map((path) => ({ method: 'GET', path, who: 'public', handle }))
}

const WELL_KNOWN = '/.well-known/did.json'

function paths({ did }: Issuer): readonly string[] {
  const url = documentUrl(did)
  const path = url === undefined ? WELL_KNOWN : new URL(url).pathname
  if (path === WELL_KNOWN) return [WELL_KNOWN]
  // The router takes some characters for patterns; such a path arrives only through a proxy that cuts it off.
  return [WELL_KNOWN, '/did.json', ...(/^[\w\-./~%]+$/.test(path) ? [path] : [])]
}
