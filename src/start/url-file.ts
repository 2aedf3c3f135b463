import { rmSync, writeFileSync } from 'node:fs'
import { urlPath } from '../config/url-path.ts'

/** Tells the command line where this broker listens, also when its port was chosen by the system. */
export function writeUrl(dataDir: string, url: string): { remove(): void } {
  const path = urlPath(dataDir)
  writeFileSync(path, `${url}\n`, { mode: 0o600 })
  return { remove: () => rmSync(path, { force: true }) }
}
