import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The catalog of the repository. */
export const DEFAULT_CATALOG = fileURLToPath(new URL('../../catalog', import.meta.url))

/** A catalog folder of a test's own. */
export interface CatalogFolder {
  readonly path: string
  write(file: string, text: string): Promise<void>
  /** Replaces the one place where `from` stands. */
  change(file: string, from: string, to: string): Promise<void>
  remove(file: string): Promise<void>
  /** The line, from 1, on which `text` first stands. */
  lineOf(file: string, text: string): Promise<number>
  delete(): Promise<void>
}

/** A copy of the repository's catalog, or an empty folder. */
export async function catalogFolder(start: 'default' | 'empty' = 'default'): Promise<CatalogFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'portolan-catalog-'))
  if (start === 'default') await cp(DEFAULT_CATALOG, path, { recursive: true })
  const read = (file: string): Promise<string> => readFile(join(path, file), 'utf8')
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), text)
  }
  return {
    path,
    write,
    change: async (file, from, to) => {
      const text = await read(file)
      if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
      await write(
        file,
        text.replace(from, () => to)
      )
    },
    remove: (file) => rm(join(path, file), { recursive: true }),
    lineOf: async (file, text) => {
      const lines = (await read(file)).split('\n')
      const index = lines.findIndex((line) => line.includes(text))
      if (index < 0) throw new Error(`${file} does not contain ${text}`)
      return index + 1
    },
    delete: () => rm(path, { recursive: true, force: true })
  }
}
