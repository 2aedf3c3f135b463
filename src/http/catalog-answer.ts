import type { IncomingHttpHeaders } from 'node:http'
import type { Platform } from '../domain/platform.ts'
import type { CatalogBytes } from './edge.ts'

export interface CatalogAnswer {
  readonly status: 200 | 304
  readonly headers: Record<string, string>
  readonly bytes: Buffer | undefined
}

/** GET /v2/catalog for one platform: a strong ETag of its own for each encoding (RFC 9110 §8.8.3.3). */
export function catalogAnswer(
  catalog: CatalogBytes,
  platform: Platform,
  requestHeaders: IncomingHttpHeaders
): CatalogAnswer {
  const { etag, identity, gzip } = catalog.bytesFor(platform)
  const isGzip = acceptsGzip(requestHeaders['accept-encoding'])
  const opaque = etag.replaceAll('"', '')
  const tag = isGzip ? `"${opaque}-gzip"` : `"${opaque}"`
  const headers: Record<string, string> = {
    ETag: tag,
    Vary: 'Accept-Encoding, Authorization',
    'Cache-Control': 'private, no-cache'
  }
  if (hasTag(requestHeaders['if-none-match'], opaque)) return { status: 304, headers, bytes: undefined }
  const bytes = isGzip ? gzip : identity
  if (isGzip) headers['Content-Encoding'] = 'gzip'
  return { status: 200, headers, bytes }
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && /(^|[,\s])gzip\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))/i.test(header)
}

/** The tag of either encoding stands for the same catalog; If-None-Match compares weakly (§13.1.2). */
function hasTag(header: string | undefined, opaque: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some((part) => {
    const tag = part.trim().replace(/^W\//, '')
    return tag === `"${opaque}"` || tag === `"${opaque}-gzip"`
  })
}
