import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './root.ts'

/** An installation from nothing takes a minute or two, on a busy machine more. */
export const BUILT_WITHIN_MS = 600_000

let building: Promise<void> | undefined

/**
 * What journeys start is the built program. It is made ready once, and before anything is started: a test that is cut off in the
 * middle of an installation would leave half of one behind.
 */
export function built(): Promise<void> {
  building ??= build()
  return building
}

async function build(): Promise<void> {
  const { isBuilt } = await import(pathToFileURL(join(root, 'src/boot/fingerprint.mjs')).href)
  if (isBuilt(root)) return
  const child = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), 'build'], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the build ended with ${code}`)
}
