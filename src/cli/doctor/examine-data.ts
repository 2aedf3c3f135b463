import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'

/** Below it nothing can be written; a store alone needs more for one night. */
const FULL_BYTES = 4_000_000
/** From here on somebody should make room: a switch keeps a copy in the folder for a while. */
const LOW_BYTES = 200_000_000

/** The data folder, its rights and the room in it; the files in it were looked at with the settings. */
export function examineData({ dataDir }: Config): readonly Diagnosis[] {
  if (!existsSync(dataDir)) return [line(dataDir, 'ok', 'is made at the first start')]
  return [examineRights(dataDir), ...examineRoom(dataDir, freeBytes(dataDir))]
}

/** Tells nothing where there is enough. */
export function examineRoom(folder: string, bytes: number): readonly Diagnosis[] {
  if (bytes >= LOW_BYTES) return []
  const left = `${Math.floor(bytes / 1_000_000)} MB are left`
  const remedy = 'make room: what could not be written is tried again by itself'
  return bytes < FULL_BYTES
    ? [line(folder, 'refused', `the disk is full: ${left}`, remedy)]
    : [line(folder, 'warning', `the disk is nearly full: ${left}`, remedy)]
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

function examineRights(dataDir: string): Diagnosis {
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return line(dataDir, 'refused', 'this user may not read and write it', `chown it to this user`)
  }
  const mode = statSync(dataDir).mode & 0o777
  // Local servers of another user must be able to pass; what holds a secret has a mode of its own.
  return (mode & 0o022) === 0
    ? line(dataDir, 'ok', 'can be used')
    : line(dataDir, 'warning', 'others may put files into it', `chmod go-w ${dataDir}`)
}

function line(subject: string, level: Diagnosis['level'], text: string, remedy?: string): Diagnosis {
  return { about: 'data', level, subject, text, ...(remedy === undefined ? {} : { remedy }) }
}
