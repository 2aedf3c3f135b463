import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/** A folder with programs of these names, which do nothing. */
export function programFolder(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-programs-'))
  folders.push(folder)
  for (const name of names) writeFileSync(join(folder, name), '#!/bin/false\n', { mode: 0o755 })
  return folder
}

after(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
