import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { type Config, ConfigError } from '../config/config.ts'

/** The listener's certificate and key in PEM form, known to fit together. Throws a ConfigError. */
export function tlsOf({
  listen: { tls }
}: Config): { readonly cert: Buffer; readonly key: Buffer } | undefined {
  if (!tls) return undefined
  const pair = { cert: readFileSync(tls.cert), key: readFileSync(tls.key) }
  try {
    createSecureContext(pair)
    return pair
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'they cannot be read'
    throw new ConfigError([
      `listen.tls: ${tls.cert} and ${tls.key} are no certificate and its key (${reason})`
    ])
  }
}
