import type { Checkpoint } from '../domain/checkpoint.ts'
import { readPrivate, writePrivate } from '../local/private-file.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import type { CheckpointPlace } from './witnesses.ts'

/** Mode 0600, whole or not at all. */
export function fileCheckpoint(name: string, path: string): CheckpointPlace {
  return {
    name,
    async read(): Promise<Checkpoint | undefined> {
      const text = readPrivate(path)
      return text === undefined ? undefined : readCheckpoint(text, path)
    },
    async write(checkpoint) {
      writePrivate(path, `${JSON.stringify(checkpoint)}\n`)
    }
  }
}
