import type { Json } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import type { Checkpoint } from '../domain/checkpoint.ts'

/** Throws a sentence that names the place. */
export function readCheckpoint(text: string, place: string): Checkpoint {
  const value = parsed(text)
  if (isObject(value)) {
    const { broker, number, mac, at } = value
    const isWhole = Number.isSafeInteger(number) && Number.isSafeInteger(at)
    if (typeof broker === 'string' && typeof mac === 'string' && isWhole)
      return { broker, number: Number(number), mac, at: Number(at) }
  }
  throw new Error(`${place} holds no checkpoint`)
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
