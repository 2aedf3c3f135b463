import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { objectAt, textAt } from '../../../src/contract/read.ts'
import type { OsbAnswer, OsbClient } from '../../support/osb-client.ts'

/** A plan of an offering, as the catalog names both. */
export interface Choice {
  readonly service: string
  readonly plan: string
}

export interface Bound {
  readonly id: string
  readonly credentials: JsonObject
}

/** An instance as a platform has it that knows nothing but OSB. Everything fails unless it succeeds. */
export interface Ordered {
  readonly id: string
  bind(parameters?: JsonObject): Promise<Bound>
  /** What is told of a binding now. */
  credentialsOf(binding: string): Promise<JsonObject>
  unbind(binding: string): Promise<void>
  /** To another plan of the same offering, of whatever provider. */
  change(plan: string): Promise<void>
  remove(): Promise<void>
}

const ENDED_WITHIN_MS = 60_000
const POLL_MS = 50

/** `id`: of one that may be there already. */
export async function order(
  client: OsbClient,
  { service, plan: first }: Choice,
  id: string = randomUUID()
): Promise<Ordered> {
  let plan = first
  const path = `/v2/service_instances/${id}`
  const at = (binding: string) => `${path}/service_bindings/${binding}`
  const ids = () => ({ service_id: service, plan_id: plan })
  const put = (where: string, body: JsonObject) =>
    finished(client, where, { method: 'PUT', path: `${where}?accepts_incomplete=true`, body })
  const remove = (where: string) => {
    const query = new URLSearchParams({ ...ids(), accepts_incomplete: 'true' }).toString()
    return finished(client, where, { method: 'DELETE', path: `${where}?${query}` })
  }
  const credentialsOf = async (binding: string) => {
    const answer = await client.send({ method: 'GET', path: at(binding) })
    return objectAt(succeeded(answer, 200).body, 'credentials')
  }
  await put(path, { ...ids(), organization_guid: 'organization', space_guid: 'space' })
  return {
    id,
    credentialsOf,
    async bind(parameters = {}) {
      const binding = randomUUID()
      await put(at(binding), { ...ids(), parameters })
      return { id: binding, credentials: await credentialsOf(binding) }
    },
    unbind: (binding) => remove(at(binding)),
    async change(to) {
      await finished(client, path, {
        method: 'PATCH',
        path: `${path}?accepts_incomplete=true`,
        body: { service_id: service, plan_id: to }
      })
      plan = to
    },
    remove: () => remove(path)
  }
}

/** Resolves when it has succeeded, at once or later. */
async function finished(
  client: OsbClient,
  path: string,
  request: Parameters<OsbClient['send']>[0]
): Promise<void> {
  const first = succeeded(await client.send(request), 200, 201, 202)
  if (first.status !== 202) return
  const operation = new URLSearchParams({ operation: textAt(first.body, 'operation') }).toString()
  const deadline = Date.now() + ENDED_WITHIN_MS
  for (;;) {
    const answer = await client.send({ method: 'GET', path: `${path}/last_operation?${operation}` })
    if (answer.status === 410 && request.method === 'DELETE') return
    const { state, description } = succeeded(answer, 200).body
    if (state === 'succeeded') return
    if (state === 'failed') throw new Error(`${request.method} ${path} failed: ${String(description)}`)
    if (Date.now() > deadline)
      throw new Error(`${request.method} ${path} has not ended: ${String(description)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function succeeded(answer: OsbAnswer, ...statuses: readonly number[]): OsbAnswer {
  if (statuses.includes(answer.status)) return answer
  throw new Error(`${answer.status} instead of ${statuses.join(', ')}: ${answer.text}`)
}
