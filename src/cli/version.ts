import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../config/package-root.ts'

/** Of package.json. */
export function programVersion(): string {
  const { version: written } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  return String(written)
}

export async function version(): Promise<number> {
  process.stdout.write(`portolan ${programVersion()}\n`)
  return 0
}
