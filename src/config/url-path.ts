import { join } from 'node:path'

/** Where a running broker says where it listens. */
export function urlPath(dataDir: string): string {
  return join(dataDir, 'url')
}
