import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { objectAt, textAt } from '../../../src/contract/read.ts'
import { makeEveryKind, type Section } from '../../support/every-kind.ts'
import { clientFor } from '../../support/logs-in.ts'
import type { OsbAnswer } from '../../support/osb-client.ts'
import { SERVICE } from '../crash/model.ts'
import { expectStatus, pause } from '../switch/instance.ts'
import { type Place, planAt, type Stage } from './stage.ts'

/** An instance with one binding, that is switched again and again. */
export interface Source {
  readonly id: string
  readonly place: Place
  /** Of the database, and of the group that owns what is in it. */
  readonly database: string
  /** As the platform would fetch them now. */
  credentials(): Promise<JsonObject>
  /** As the binding; answers the rows of the last statement. */
  ask(sql: string): Promise<readonly JsonObject[]>
  /** Fills it with every kind of object. */
  fillWith(sections: readonly Section[]): Promise<void>
  /** Resolves to the last poll. */
  switchTo(place: Place): Promise<JsonObject>
}

const ENDED_WITHIN_MS = 300_000
const POLL_MS = 200

export async function newSource(stage: Stage, place: Place): Promise<Source> {
  const { client } = stage
  const id = randomUUID()
  const path = `/v2/service_instances/${id}`
  const binding = `${path}/service_bindings/${randomUUID()}`
  const ids = { service_id: SERVICE, plan_id: planAt(place) }
  const home = { organization_guid: 'o', space_guid: 's' }
  const put = (where: string, body: JsonObject) =>
    client.send({ method: 'PUT', path: `${where}?accepts_incomplete=true`, body })
  const poll = async (where: string, { body }: OsbAnswer) => {
    const operation = encodeURIComponent(String(body['operation']))
    const deadline = Date.now() + ENDED_WITHIN_MS
    for (;;) {
      const answer = await client.send({
        method: 'GET',
        path: `${where}/last_operation?operation=${operation}`
      })
      expectStatus(answer, 200)
      if (answer.body['state'] !== 'in progress') return answer.body
      if (Date.now() > deadline) throw new Error(`it has not ended: ${answer.text}`)
      await pause(POLL_MS)
    }
  }
  for (const [where, body] of [
    [path, { ...ids, ...home }],
    [binding, ids]
  ] as const) {
    const answer = await put(where, body)
    const state = answer.status === 202 ? (await poll(where, answer))['state'] : 'succeeded'
    if (answer.status > 202 || state !== 'succeeded')
      throw new Error(`PUT ${where}: ${answer.status} ${answer.text}`)
  }

  const credentials = async () =>
    objectAt(expectStatus(await client.send({ method: 'GET', path: binding }), 200).body, 'credentials')
  const first = await credentials()
  const database = textAt(first, 'database')
  const ask = async (sql: string) => askAs(await credentials(), sql)
  return {
    id,
    place,
    database,
    credentials,
    ask,
    async fillWith(sections) {
      const { host, port } = stage.root(place)
      const [login, password] = [textAt(first, 'user'), textAt(first, 'password')]
      const makers = {
        tenant: { user: login, password },
        owner: stage.root(place),
        superuser: stage.harbour.superuser
      }
      const chosen = Object.fromEntries(sections.map((section) => [section, makers[section]]))
      await makeEveryKind({ host, port, database, login, makers: chosen })
    },
    async switchTo(target) {
      const body = { service_id: SERVICE, plan_id: planAt(target) }
      const asked = await client.send({ method: 'PATCH', path: `${path}?accepts_incomplete=true`, body })
      return poll(path, expectStatus(asked, 202))
    }
  }
}

async function askAs(credentials: JsonObject, sql: string): Promise<readonly JsonObject[]> {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  await client.connect()
  try {
    const answer: unknown = await client.query(sql)
    const last = Array.isArray(answer) ? answer.at(-1) : answer
    return (last as { rows: JsonObject[] }).rows
  } finally {
    await client.end()
  }
}
