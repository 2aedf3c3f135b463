import { join } from 'node:path'
import { build } from './build.mjs'
import { isBuilt, isInstalled } from './fingerprint.mjs'
import { install } from './install.mjs'
import { withLock } from './lock.mjs'
import { tell } from './tell.mjs'

/**
 * Installs and builds what is out of date, one process at a time; all that is said goes to stderr.
 * Resolves to the exit code of what failed, or to `undefined` when everything is ready.
 */
export async function makeReady(root, wanted) {
  if (isReady(root, wanted)) return undefined
  return withLock(join(root, '.boot.lock'), tell, async () => {
    // Looked at again: the process we waited for may have done it.
    const failed = isInstalled(root) ? undefined : await install(root)
    if (failed) return failed
    return wanted.build && !isBuilt(root) ? build(root) : undefined
  })
}

function isReady(root, wanted) {
  return isInstalled(root) && (!wanted.build || isBuilt(root))
}
