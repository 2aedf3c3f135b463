import type { Call } from '../../src/contract/ports.ts'
import { httpPort } from '../../src/transport/http.ts'
import { noPorts } from '../conformance/ports.ts'

export const NOW = new Date('2026-11-24T10:00:00Z')

/** A step of a driver that only asks over HTTP; the first attempt, always at the same time, unless it is said. */
export function httpCall(details: Partial<Pick<Call, 'now' | 'attempt' | 'note'>> = {}): Call {
  const { signal } = new AbortController()
  return {
    signal,
    now: NOW,
    attempt: 1,
    note: () => undefined,
    ...details,
    ...noPorts('a client only asks over HTTP'),
    http: httpPort({ signal, network: 'public' })
  }
}
