import { createHash } from 'node:crypto'
import type { JsonObject } from '../../src/contract/json.ts'

interface Signed {
  readonly applicationSecret: string
  readonly consumerKey: string
  readonly method: string
  /** As it is sent, with its query. */
  readonly url: string
  /** The bytes that are sent; empty for none. */
  readonly body: string
  /** Seconds, by OVHcloud's clock. */
  readonly timestamp: number
}

/** `X-Ovh-Signature`: https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042784 */
export function signatureOf(signed: Signed): string {
  const { applicationSecret, consumerKey, method, url, body, timestamp } = signed
  const text = [applicationSecret, consumerKey, method, url, body, timestamp].join('+')
  return `$1$${createHash('sha1').update(text).digest('hex')}`
}

/** JSON in ASCII, so that nobody on the way has another opinion of what was signed. */
export function asciiJson(body: JsonObject): string {
  return JSON.stringify(body).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
