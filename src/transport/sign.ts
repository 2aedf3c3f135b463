import type { SigningKey } from '../contract/ports.ts'
import type { RawRequest } from './exchange.ts'
import { loadSdk, openClient } from './s3-client.ts'

/** The request with a signature of AWS Signature Version 4 over its method, address, headers and body. */
export async function signed(request: RawRequest, key: SigningKey): Promise<RawRequest> {
  const { method, url, body } = request
  const { config } = openClient(await loadSdk(), key.region, key, { signingEscapePath: key.service !== 's3' })
  const signer = await config.signer({
    name: 'sigv4',
    signingName: key.service,
    signingRegion: key.region,
    properties: {}
  })
  const { headers } = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: queryOf(url),
    headers: { ...request.headers, host: url.host },
    ...(body === undefined ? {} : { body })
  })
  return { ...request, headers }
}

function queryOf(url: URL): Record<string, string | string[]> {
  const names = new Set(url.searchParams.keys())
  return Object.fromEntries([...names].map((name) => [name, url.searchParams.getAll(name)]))
}
