import type { MoveProgress } from '../contract/move.ts'

/** 0 to 1. Objects count a little, so that many empty ones move it too. */
export function shareOf({ bytes, totalBytes, objects, totalObjects }: MoveProgress): number {
  const done = bytes + objects * 100_000
  const all = totalBytes + totalObjects * 100_000
  return all === 0 ? 1 : Math.min(1, done / all)
}

/** Nothing while there is too little to go by, and at the end. */
export function secondsLeft(share: number, elapsedMs: number): number | undefined {
  if (share <= 0.01 || share >= 1) return undefined
  return Math.max(1, Math.round((elapsedMs * (1 - share)) / share / 1000))
}
