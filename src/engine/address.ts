import { isIP } from 'node:net'
import type { Access, ExampleAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { isPublicAddress } from '../transport/public-address.ts'

/** No letter that means something in a URI: what stands behind it would be options of the application's driver. */
const NAME = /^[\p{L}\p{N}_.-]{1,253}$/u

/** Of the machine that asks. */
const LOCALHOST = /(^|\.)localhost\.?$/i

/**
 * Refuses to send an application anywhere but to a server. The ports look at where the broker itself goes; but a login that a driver
 * made is handed out without anybody having been there.
 */
export function checkAddress(access: Access): void {
  // It lives in this process.
  if (access.kind === 'example') return
  const { host, port } = addressOf(access)
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536
  if (!isPort || (isIP(host) === 0 && !NAME.test(host))) throw refused('is no host and port')
  if (access.network === 'private' || mayBePublic(host)) return
  throw refused('is not public (the setting `network: private` allows it)')
}

function addressOf(access: Exclude<Access, ExampleAccess>): { readonly host: string; readonly port: number } {
  if (access.kind !== 'object-storage') return access
  const { hostname, port, protocol } = new URL(access.endpoint)
  const usual = protocol === 'http:' ? 80 : 443
  return { host: bare(hostname), port: port === '' ? usual : Number(port) }
}

/** A name may lead anywhere later; one that is a number in disguise is what it stands for. */
function mayBePublic(host: string): boolean {
  if (isIP(host) !== 0) return isPublicAddress(host)
  if (LOCALHOST.test(host) || !URL.canParse(`http://${host}`)) return false
  const read = bare(new URL(`http://${host}`).hostname)
  return isIP(read) === 0 || isPublicAddress(read)
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function refused(why: string): ProviderFailure {
  return new ProviderFailure('unexpected', `the address that the provider tells for applications ${why}`)
}
