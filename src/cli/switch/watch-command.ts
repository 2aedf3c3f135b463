import type { Input } from '../command.ts'
import { watchAndReport } from './follow.ts'

export function switchWatch({ arguments: { ID = '' }, options }: Input): Promise<number> {
  return watchAndReport(ID, options)
}
