import { accessSync, constants, existsSync, statSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'

/** The data folder and its rights; the files in it were looked at with the settings. */
export function examineData({ dataDir }: Config): readonly Diagnosis[] {
  if (!existsSync(dataDir)) return [line(dataDir, 'ok', 'is made at the first start')]
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return [line(dataDir, 'refused', 'this user may not read and write it', `chown it to this user`)]
  }
  const mode = statSync(dataDir).mode & 0o777
  // Local servers of another user must be able to pass; what holds a secret has a mode of its own.
  return (mode & 0o022) === 0
    ? [line(dataDir, 'ok', 'can be used')]
    : [line(dataDir, 'warning', 'others may put files into it', `chmod go-w ${dataDir}`)]
}

function line(subject: string, level: Diagnosis['level'], text: string, remedy?: string): Diagnosis {
  return { about: 'data', level, subject, text, ...(remedy === undefined ? {} : { remedy }) }
}
