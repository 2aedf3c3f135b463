import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { markBuilt, sourceFingerprint } from './fingerprint.mjs'
import { tell } from './tell.mjs'
import { runTool } from './tools.mjs'

/**
 * tsc into a new folder that then takes the place of `dist`: nobody sees half a build, and nothing of a removed source stays.
 * Files that are not TypeScript (SQL, pages, fixtures, schemas) are copied along, so that a module finds what lies
 * beside it by `import.meta.url` in `dist` as in the sources. Only `catalog/` and the documentation stay at the root.
 */
export async function build(root) {
  tell('building …')
  const next = join(root, 'dist.next')
  rmSync(next, { recursive: true, force: true })
  const fingerprint = sourceFingerprint(root)
  const code = await runTool(root, 'tsc', ['--outDir', next], 'stderr')
  if (code !== 0) {
    rmSync(next, { recursive: true, force: true })
    tell('the sources do not compile.')
    return code
  }
  for (const folder of ['adapters', 'src', 'test']) copyRest(join(root, folder), join(next, folder))
  markBuilt(next, fingerprint)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(next, join(root, 'dist'))
  return undefined
}

function copyRest(from, to) {
  if (existsSync(from)) cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('.ts') })
}
