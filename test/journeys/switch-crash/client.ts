import type { JsonObject } from '../../../src/contract/json.ts'
import { objectAt } from '../../../src/contract/read.ts'
import type { BrokerProcess } from '../../support/broker-process.ts'
import { type OsbAnswer, osbClient } from '../../support/osb-client.ts'
import { isAsleep } from './fate.ts'
import type { Stage } from './stage.ts'

/** A platform that sends the same again until it is answered, by whichever broker runs. */
export interface Client {
  send(method: string, path: string, body?: JsonObject): Promise<OsbAnswer>
  /** Sends, polls what it was told to poll; how it ended. */
  finish(method: string, path: string, body?: JsonObject): Promise<Ended>
  credentials(bindingPath: string): Promise<JsonObject>
}

export interface Ended {
  readonly state: 'succeeded' | 'failed'
  readonly description: string
}

const PATIENCE_MS = 120_000
const AGAIN_MS = 100

export function clientOf(stage: Stage): Client {
  async function once(method: string, path: string, body?: JsonObject): Promise<OsbAnswer | undefined> {
    for (const broker of stage.brokers.filter(isAwake)) {
      const client = osbClient(broker.url, stage.login)
      const sent = client.send({ method, path, ...(body === undefined ? {} : { body }) })
      const answer = await Promise.race([sent.catch(() => undefined), fallsAsleep(broker)])
      if (answer !== undefined && answer.status !== 503 && !isBusy(answer)) return answer
    }
    return undefined
  }

  async function send(method: string, path: string, body?: JsonObject): Promise<OsbAnswer> {
    const deadline = Date.now() + PATIENCE_MS
    while (Date.now() < deadline) {
      const answer = await once(method, path, body)
      if (answer !== undefined) return answer
      await pause(AGAIN_MS)
    }
    throw new Error(`${method} ${path} had no answer`)
  }

  async function finish(method: string, path: string, body?: JsonObject): Promise<Ended> {
    const { status, body: told, text } = await send(method, path, body)
    if (status === 410 || status === 200 || status === 201) return { state: 'succeeded', description: text }
    if (status !== 202) return { state: 'failed', description: `${status} ${text}` }
    const [resource = ''] = path.split('?')
    const deadline = Date.now() + PATIENCE_MS
    while (Date.now() < deadline) {
      const poll = await send('GET', `${resource}/last_operation?operation=${String(told['operation'])}`)
      if (poll.status === 410) return { state: 'succeeded', description: '' }
      if (poll.status !== 200) throw new Error(`a poll of ${resource} says ${poll.status} ${poll.text}`)
      const { state, description } = poll.body
      if (state === 'succeeded' || state === 'failed')
        return { state, description: String(description ?? '') }
      await pause(AGAIN_MS)
    }
    throw new Error(`${method} ${resource} has not ended`)
  }

  return {
    send,
    finish,
    async credentials(bindingPath) {
      const { status, body, text } = await send('GET', bindingPath)
      if (status !== 200) throw new Error(`GET ${bindingPath} says ${status} ${text}`)
      return objectAt(body, 'credentials')
    }
  }
}

function isAwake({ isRunning, pid }: BrokerProcess): boolean {
  return isRunning && !isAsleep(pid)
}

/** Resolves when no answer can be waited for any more. */
async function fallsAsleep(broker: BrokerProcess): Promise<undefined> {
  const deadline = Date.now() + PATIENCE_MS
  while (isAwake(broker) && Date.now() < deadline) await pause(AGAIN_MS)
}

function isBusy({ status, body }: OsbAnswer): boolean {
  return status === 422 && body['error'] === 'ConcurrencyError'
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
