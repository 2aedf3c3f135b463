import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, objectAt, textAt } from '../../src/contract/read.ts'
import type { OsbClient } from '../support/osb-client.ts'

/** An instance with one binding, of a plan that answers at once. */
export interface Ordered {
  readonly id: string
  readonly credentials: JsonObject
  unbind(): Promise<void>
  /** With its binding, where it still has one. */
  end(): Promise<void>
}

export async function ordered(client: OsbClient, service: string, planName: string): Promise<Ordered> {
  const { body } = await client.send({ method: 'GET', path: '/v2/catalog' })
  const offering = arrayAt(body, 'services').find((each) => textAt(each as JsonObject, 'name') === service)
  const plans = arrayAt(offering as JsonObject, 'plans') as readonly JsonObject[]
  const plan = plans.find((each) => textAt(each, 'name') === planName)
  const ids = { service_id: textAt(offering as JsonObject, 'id'), plan_id: textAt(plan ?? {}, 'id') }
  const id = randomUUID()
  const instance = `/v2/service_instances/${id}`
  const binding = `${instance}/service_bindings/${randomUUID()}`
  const made = await client.send({
    method: 'PUT',
    path: instance,
    body: { ...ids, organization_guid: 'organization', space_guid: 'space' }
  })
  expect(made.status, made.text).to.equal(201)
  const bound = await client.send({ method: 'PUT', path: binding, body: ids })
  expect(bound.status, bound.text).to.equal(201)
  let isBound = true
  const gone = async (path: string) => {
    const query = new URLSearchParams(ids)
    const answer = await client.send({ method: 'DELETE', path: `${path}?${query.toString()}` })
    expect(answer.status, answer.text).to.equal(200)
  }
  const unbind = async () => {
    if (isBound) await gone(binding)
    isBound = false
  }
  return {
    id,
    credentials: objectAt(bound.body, 'credentials'),
    unbind,
    async end() {
      await unbind()
      await gone(instance)
    }
  }
}
