import { readFileSync, statSync } from 'node:fs'

/** The little that settings need of a file system. */
export interface Files {
  /** `undefined` when there is no such file. */
  read(path: string): string | undefined
  /** Permission bits; `undefined` when there is no such file. */
  mode(path: string): number | undefined
}

export const disk: Files = {
  read: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
  mode: (path) => unlessMissing(() => statSync(path).mode & 0o777)
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
