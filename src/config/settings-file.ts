import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { Json } from '../contract/json.ts'
import { checkSettings } from './check-settings.ts'
import { type Environment, type Report, readQuietly, refuseIfOpen } from './environment.ts'
import type { Files } from './files.ts'
import { interpolate } from './interpolate.ts'
import type { Settings } from './settings.ts'

export interface SettingsFile {
  readonly settings: Settings
  /** Relative paths in it start here. */
  readonly folder: string
}

/** `undefined` when there is no portolan.yaml; empty settings when it is there but full of mistakes, all of them reported. */
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
  return { settings: parse(text, environment, report), folder: dirname(path) }
}

function parse(text: string, environment: Environment, report: Report): Settings {
  const document = parseDocument(text, { prettyErrors: true })
  for (const { message, linePos } of document.errors)
    report(`portolan.yaml${linePos ? ` line ${linePos[0].line}` : ''}: ${message.split(/ at line |\n/)[0]}`)
  if (document.errors.length > 0) return {}
  const filled = interpolate((document.toJS() ?? {}) as Json, environment, report)
  return checkSettings(filled, report) ? filled : {}
}
