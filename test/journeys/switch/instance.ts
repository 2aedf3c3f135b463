import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { objectAt } from '../../../src/contract/read.ts'
import type { LocalName } from '../../../src/local/record.ts'
import type { OsbAnswer, OsbClient } from '../../support/osb-client.ts'

const SERVICE = 'a232e140-a227-48b7-a5d3-00bc46c559f4'

const SMALL: Readonly<Record<LocalName, string>> = {
  berlin: '7f3b62a8-99f4-4198-9691-40140489e237',
  paris: '3c948853-1abf-40b0-a95a-ef1de61675e2'
}

export interface Bound {
  readonly id: string
  readonly credentials: JsonObject
}

/** An instance of the smaller plan, as a platform knows it: over OSB and nothing else. */
export interface MovingInstance {
  readonly id: string
  /** Where it is, as far as the platform knows. */
  readonly place: LocalName
  fetch(): Promise<OsbAnswer>
  lastOperation(operation?: string): Promise<OsbAnswer>
  /** Fails unless it is made. */
  bind(parameters?: JsonObject, predecessor?: string): Promise<Bound>
  /** Whatever is answered. */
  tryToBind(id: string): Promise<OsbAnswer>
  tryToUnbind(id: string): Promise<OsbAnswer>
  fetchBinding(id: string): Promise<OsbAnswer>
  /** Resolves to the answer of the PATCH. */
  move(to: LocalName, directive?: JsonObject): Promise<OsbAnswer>
  /** Resolves to the last poll of an operation that has ended. */
  ended(operation: string, heard?: (description: string) => void): Promise<JsonObject>
  remove(): Promise<OsbAnswer>
}

const ENDED_WITHIN_MS = 600_000
const POLL_MS = 100

export async function newInstance(client: OsbClient, at: LocalName): Promise<MovingInstance> {
  const id = randomUUID()
  let place = at
  const path = `/v2/service_instances/${id}`
  const ids = () => ({ service_id: SERVICE, plan_id: SMALL[place] })
  const query = () => `service_id=${SERVICE}&plan_id=${SMALL[place]}&accepts_incomplete=true`
  const binding = (named: string) => `${path}/service_bindings/${named}`
  const get = (where: string) => client.send({ method: 'GET', path: where })

  const lastOperation = (operation?: string) =>
    get(
      `${path}/last_operation${operation === undefined ? '' : `?operation=${encodeURIComponent(operation)}`}`
    )
  const body = { ...ids(), organization_guid: 'o', space_guid: 's' }
  expectStatus(await client.send({ method: 'PUT', path: `${path}?accepts_incomplete=true`, body }), 201)

  return {
    id,
    get place() {
      return place
    },
    fetch: () => get(path),
    lastOperation,
    async bind(parameters = {}, predecessor) {
      const named = randomUUID()
      const wish =
        predecessor === undefined ? { ...ids(), parameters } : { predecessor_binding_id: predecessor }
      const answer = await client.send({ method: 'PUT', path: binding(named), body: wish })
      return { id: named, credentials: objectAt(expectStatus(answer, 201).body, 'credentials') }
    },
    tryToBind: (named) => client.send({ method: 'PUT', path: binding(named), body: ids() }),
    tryToUnbind: (named) => client.send({ method: 'DELETE', path: `${binding(named)}?${query()}` }),
    fetchBinding: (named) => get(binding(named)),
    move: (to, directive) =>
      client.send({
        method: 'PATCH',
        path: `${path}?accepts_incomplete=true`,
        body: {
          service_id: SERVICE,
          plan_id: SMALL[to],
          ...(directive === undefined ? {} : { parameters: { switch: directive } })
        }
      }),
    async ended(operation, heard) {
      const deadline = Date.now() + ENDED_WITHIN_MS
      while (Date.now() < deadline) {
        const answer = expectStatus(await lastOperation(operation), 200)
        heard?.(String(answer.body['description'] ?? ''))
        if (answer.body['state'] !== 'in progress') {
          const now = (await get(path)).body['plan_id']
          place = now === SMALL.berlin ? 'berlin' : 'paris'
          return answer.body
        }
        await pause(POLL_MS)
      }
      throw new Error(`the operation ${operation} has not ended`)
    },
    remove: () => client.send({ method: 'DELETE', path: `${path}?${query()}` })
  }
}

export function expectStatus(answer: OsbAnswer, status: number): OsbAnswer {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`)
  return answer
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
