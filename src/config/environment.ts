import { dirname } from 'node:path'
import type { Files } from './files.ts'
import type { SettingPath } from './mistake.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Collects mistakes; whoever finds one goes on looking for the next. `path`: of a setting that may stand in portolan.yaml. */
export type Report = (problem: string, path?: SettingPath) => void

export interface Environment {
  /** The value of NAME, or the content of the file that NAME_FILE names; an empty value counts as absent. */
  get(name: string): string | undefined
}

export function environment(env: Env, files: Files, report: Report): Environment {
  const seen = new Map<string, string | undefined>()

  function look(name: string): string | undefined {
    const value = env[name]
    const path = env[`${name}_FILE`]
    if (value && path) report(`${name} and ${name}_FILE are both set: remove one`)
    return value || (path ? fromFile(`${name}_FILE`, path) : undefined)
  }

  function fromFile(setting: string, path: string): string | undefined {
    refuseIfOpen(setting, path, files, report)
    const text = readQuietly(path, files)
    if (!text?.trim()) report(`${setting}: cannot read anything from ${path}`)
    return text?.replace(/\r?\n$/, '')
  }

  return {
    get(name) {
      if (!seen.has(name)) seen.set(name, look(name))
      return seen.get(name)
    }
  }
}

/** Keys, settings and data are nobody else's to read: a file that others may open, in a folder they may enter, is refused. */
export function refuseIfOpen(setting: string, path: string, files: Files, report: Report): void {
  const mode = files.mode(path)
  if (mode === undefined || (mode & 0o007) === 0) return
  if (((files.mode(dirname(path)) ?? 0o777) & 0o001) === 0) return
  report(`${setting}: every user of this machine may open ${path}; chmod o= ${path}`)
}

export function readQuietly(path: string, files: Files): string | undefined {
  try {
    return files.read(path)
  } catch {
    return undefined
  }
}
