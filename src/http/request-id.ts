import { randomBytes } from 'node:crypto'

/** Unique among all processes, and cheap: random once, counted afterwards. */
export function requestIds(): () => string {
  const process = randomBytes(6).toString('hex')
  let count = 0
  return () => {
    count += 1
    return `${process}-${count.toString(36)}`
  }
}
