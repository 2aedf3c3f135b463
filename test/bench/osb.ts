import { setTimeout as pause } from 'node:timers/promises'
import { offeringId, offeringName, planId } from './catalog.ts'
import type { Measured } from './processes.ts'

const OFFERING = offeringName(0)

export interface Client {
  readonly server: Measured
  readonly headers: Readonly<Record<string, string>>
}

export function provisionBody(plan: Parameters<typeof planId>[1]): object {
  return {
    service_id: offeringId(OFFERING),
    plan_id: planId(OFFERING, plan),
    organization_guid: 'bench',
    space_guid: 'bench'
  }
}

export async function put({ server, headers }: Client, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

export async function get({ server, headers }: Client, path: string): Promise<string> {
  const answer = await fetch(`${server.url}${path}`, { headers })
  return answer.text()
}

/** Milliseconds of a synchronous bind on the adapter `memory`, whose own time is nothing: what the broker adds. */
export async function bindMilliseconds(client: Client): Promise<number> {
  const instance = '/v2/service_instances/bench-bind'
  await put(client, instance, provisionBody('sync'))
  const times: number[] = []
  for (let number = 0; number < 300; number++) {
    const began = performance.now()
    await put(client, `${instance}/service_bindings/b${number}`, provisionBody('sync'))
    times.push(performance.now() - began)
  }
  return times.toSorted((a, b) => a - b)[150] ?? Number.NaN
}

/** Provisions so many at once and waits until each has ended; answers how long that took. */
export async function finishMany(client: Client, many: number, look: () => void): Promise<number> {
  const began = performance.now()
  const numbers = Array.from({ length: many }, (_each, number) => number)
  const lanes = Array.from({ length: 32 }, async () => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      await put(
        client,
        `/v2/service_instances/many-${number}?accepts_incomplete=true`,
        provisionBody('ending')
      )
    }
  })
  const watch = setInterval(look, 100)
  await Promise.all(lanes)
  while (!(await allEnded(client))) await pause(250)
  clearInterval(watch)
  return performance.now() - began
}

async function allEnded(client: Client): Promise<boolean> {
  const text = await get(client, '/metrics')
  const open = [...text.matchAll(/^portolan_operations_open\{[^}]*kind="create"[^}]*\} (\d+)$/gm)]
  return open.every((found) => found[1] === '0')
}
