import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

/** The name told an address that we do not connect to. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
}

/**
 * A name lookup that answers only when every address of the name is allowed: it is the one the socket connects by, so a
 * name that changes its address between a check and the connect gains nothing.
 */
export function guardedLookup(
  allowed: (address: string) => boolean,
  lookup: LookupFunction = systemLookup
): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, answer) => {
      if (error) return callback(error, [])
      const addresses = typeof answer === 'string' ? [{ address: answer, family: isIP(answer) }] : answer
      const [first] = addresses
      if (!first || !addresses.every((each) => allowed(each.address))) {
        return callback(new RefusedAddress(`no address of ${host} may be connected to`), [])
      }
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}
