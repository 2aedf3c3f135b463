import type { Checkpoint } from '../domain/checkpoint.ts'
import { fileCheckpoint } from './checkpoint-file.ts'
import { readCheckpoint } from './read-checkpoint.ts'
import type { CheckpointPlace } from './witnesses.ts'

const PATIENCE_MS = 5_000
const LONGEST = 10_000
const NAME = 'the sink'

/** `audit.sink` of the settings: a file, or an address that takes a checkpoint by POST and gives the last one by GET. */
export function sinkCheckpoint(sink: string): CheckpointPlace {
  return /^https?:/.test(sink) ? httpCheckpoint(new URL(sink)) : fileCheckpoint(NAME, sink)
}

function httpCheckpoint(url: URL): CheckpointPlace {
  const ask = asker(url)
  return {
    name: NAME,
    async read(): Promise<Checkpoint | undefined> {
      const response = await ask('GET')
      if (response.status === 404 || response.status === 204) return undefined
      if (response.status !== 200) throw new Error(`it answers ${response.status}`)
      const text = await response.text()
      return text.trim() === '' ? undefined : readCheckpoint(text.slice(0, LONGEST), 'it')
    },
    async write(checkpoint) {
      const { ok, status } = await ask('POST', JSON.stringify(checkpoint))
      if (!ok) throw new Error(`it answers ${status}`)
    }
  }
}

/** A login in the address is sent as basic authentication, and is in no message. */
function asker({ username, password, href }: URL) {
  const bare = new URL(href)
  bare.username = ''
  bare.password = ''
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization: Record<string, string> =
    login === ':' ? {} : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` }
  return (method: 'GET' | 'POST', body?: string): Promise<Response> =>
    fetch(bare, {
      method,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(body === undefined ? {} : { body })
    })
}
