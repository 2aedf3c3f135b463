import { dirname, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { lineAt } from '../catalog/yaml-line.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { checkSettings } from './check-settings.ts'
import { type Environment, type Report, readQuietly, refuseIfOpen } from './environment.ts'
import type { Files } from './files.ts'
import { interpolate } from './interpolate.ts'
import { type Mistake, mistakeAt, type Place, type SettingPath } from './mistake.ts'
import type { Settings } from './settings.ts'

export interface SettingsFile {
  /** What of it can be used. */
  readonly settings: Settings
  /** `providers` as they are written, filled in; one of them may be wrong without the others being so. */
  readonly providers: JsonObject
  /** Relative paths in it start here. */
  readonly folder: string
  readonly mistakes: readonly Mistake[]
  /** Where a setting stands, or the nearest thing around it that does. */
  placeOf(path: SettingPath): Place | undefined
}

/** `undefined` when there is no portolan.yaml. */
export function readSettingsFile(
  cwd: string,
  environment: Environment,
  files: Files,
  report: Report
): SettingsFile | undefined {
  const named = environment.get('PORTOLAN_CONFIG')
  const path = resolve(cwd, named ?? 'portolan.yaml')
  const text = readQuietly(path, files)
  if (text === undefined) {
    if (named !== undefined) report(`PORTOLAN_CONFIG: cannot read ${path}`)
    return undefined
  }
  refuseIfOpen(named === undefined ? 'portolan.yaml' : 'PORTOLAN_CONFIG', path, files, report)
  return { ...parse(named ?? 'portolan.yaml', text, environment), folder: dirname(path) }
}

function parse(file: string, text: string, environment: Environment): Omit<SettingsFile, 'folder'> {
  const lines = new LineCounter()
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines })
  const placeOf = (path: SettingPath): Place | undefined => {
    const [first] = path
    return first !== undefined && document.has(first)
      ? { file, line: lineAt(document, lines, path) }
      : undefined
  }
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((fault): Mistake => {
      return { text: fault.message, place: { file, line: lines.linePos(fault.pos[0]).line } }
    })
    return { settings: {}, providers: {}, mistakes, placeOf }
  }
  const mistakes: Mistake[] = []
  const report: Report = (problem, path = []) => mistakes.push(mistakeAt(problem, path, placeOf(path)))
  const filled = interpolate((document.toJS() ?? {}) as Json, environment, report)
  const settings = checkSettings(filled, report)
  return { settings, providers: providersIn(filled), mistakes, placeOf }
}

function providersIn(filled: Json): JsonObject {
  const written = isObject(filled) ? filled['providers'] : undefined
  return isObject(written) ? written : {}
}
