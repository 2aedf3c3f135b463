import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adapterProject } from '../../src/cli/adapter/project.ts'
import { root } from '../support/root.ts'

/** What tsc has against an adapter from outside, with our options, our types and nothing installed beside it. */
export async function compile(folder: string): Promise<readonly string[]> {
  const place = mkdtempSync(join(tmpdir(), 'portolan-types-'))
  try {
    const project = join(place, 'tsconfig.json')
    writeFileSync(project, JSON.stringify(adapterProject(folder)))
    const said = await tsc(folder, ['--project', project, '--pretty', 'false'])
    return said.split('\n').filter((line) => line.trim() !== '')
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** It ends with another code than 0 when there is something to say. */
function tsc(cwd: string, args: readonly string[]): Promise<string> {
  const program = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd }, (error, out, err) => {
      const said = `${out}${err}`
      resolve(error && said.trim() === '' ? error.message : said)
    })
  })
}
