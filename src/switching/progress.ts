import type { MoveProgress, Moving } from '../contract/move.ts'
import { secondsLeft, shareOf } from '../domain/move-progress.ts'
import type { Operation } from '../domain/operation.ts'
import type { Switch } from '../domain/switch.ts'
import type { EngineDeps } from '../engine/deps.ts'

const KEPT_EVERY_MS = 1000

/** Keeps what a move tells of itself, at most once a second: for `last_operation`, the command line and the API. */
export function tellProgress(deps: EngineDeps, operation: Operation, record: Switch): Moving['told'] {
  const { store, now } = deps
  const begunAt = now()
  let keptAt = 0
  return (progress) => {
    if (now() - keptAt < KEPT_EVERY_MS) return
    keptAt = now()
    const description = progressText(operation.stage, progress, now() - begunAt)
    store.database
      .write(async (session) => {
        const isOurs = await store.operations.describe(session, operation, description)
        if (isOurs) await store.switches.change(session, record.id, { progress })
      })
      .catch((error: unknown) =>
        deps.log.warn({ err: error, operation: operation.id }, 'the progress of a switch could not be kept')
      )
  }
}

/** `copying: 412 of 1024 MB, 14 of 24 objects, 40 %, about 30 seconds left`. */
function progressText(stage: string, progress: MoveProgress, elapsedMs: number): string {
  const { bytes, totalBytes, objects, totalObjects, what } = progress
  const share = shareOf(progress)
  const verb = stage === 'verify' ? 'verifying' : 'copying'
  const left = secondsLeft(share, elapsedMs)
  return [
    `${verb}: ${megabytes(bytes)} of ${megabytes(totalBytes)} MB`,
    `${objects} of ${totalObjects} objects`,
    `${Math.floor(share * 100)} %`,
    ...(left === undefined ? [] : [`about ${left} seconds left`]),
    ...(what === undefined ? [] : [`now ${what}`])
  ].join(', ')
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
