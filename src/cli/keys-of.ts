import type { Config, Key } from '../config/config.ts'
import { generatedBefore } from '../config/first-start.ts'
import { CommandFailure, EXIT } from './exit-code.ts'

/** Those of the settings, else those that were made before; none are made. */
export function keysOf({ keys, dataDir }: Config): readonly Key[] {
  const ring = keys.length > 0 ? keys : (generatedBefore(dataDir).keys ?? [])
  if (ring.length > 0) return ring
  throw new CommandFailure(
    EXIT.failed,
    `there are no keys: put back the file keys in ${dataDir}, or set PORTOLAN_KEYS`
  )
}
