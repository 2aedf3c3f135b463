import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ChainHead, Checkpoint } from '../domain/checkpoint.ts'
import type { Log } from '../engine/deps.ts'
import type { Seen, Witnesses } from '../engine/seal-audit.ts'
import { fileCheckpoint } from './checkpoint-file.ts'
import { sinkCheckpoint } from './checkpoint-sink.ts'

/** A place outside the store that holds the last checkpoint. */
export interface CheckpointPlace {
  readonly name: string
  /** Nothing was kept there yet: undefined. Throws when it cannot be asked. */
  read(): Promise<Checkpoint | undefined>
  write(checkpoint: Checkpoint): Promise<void>
}

const ASK_AGAIN_MS = 60_000

/** `audit.checkpoint` in the data folder, and the configured sink. */
export function checkpointPlaces({
  dataDir,
  auditSink
}: Pick<Config, 'dataDir' | 'auditSink'>): CheckpointPlace[] {
  const own = fileCheckpoint('audit.checkpoint', join(dataDir, 'audit.checkpoint'))
  return auditSink === undefined ? [own] : [own, sinkCheckpoint(auditSink)]
}

/** A place that could not be read is not written either: what it saw must be compared first. */
export function witnessesIn(places: readonly CheckpointPlace[], broker: string, log: Log): Witnesses {
  const heard = new Map<CheckpointPlace, ChainHead | undefined>()
  let askAgainAt = 0

  async function ask(place: CheckpointPlace): Promise<void> {
    try {
      const checkpoint = await place.read()
      const isOurs = checkpoint?.broker === broker
      if (checkpoint && !isOurs)
        log.warn(
          { place: place.name, broker: checkpoint.broker },
          'a checkpoint of another broker is written over'
        )
      heard.set(place, isOurs ? checkpoint : undefined)
    } catch (error) {
      log.warn({ place: place.name, why: reasonOf(error) }, 'a checkpoint of the audit cannot be read')
    }
  }

  async function tell(place: CheckpointPlace, head: ChainHead): Promise<void> {
    if (!heard.has(place)) return
    try {
      await place.write({ broker, ...head })
    } catch (error) {
      log.warn({ place: place.name, why: reasonOf(error) }, 'a checkpoint of the audit cannot be written')
    }
  }

  return {
    async seen(): Promise<readonly Seen[]> {
      const silent = performance.now() < askAgainAt ? [] : places.filter((place) => !heard.has(place))
      if (silent.length > 0) askAgainAt = performance.now() + ASK_AGAIN_MS
      await Promise.all(silent.map(ask))
      return [...heard].flatMap(([{ name: witness }, head]) => (head ? [{ witness, head }] : []))
    },
    async keep(head) {
      await Promise.all(places.map((place) => tell(place, head)))
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
