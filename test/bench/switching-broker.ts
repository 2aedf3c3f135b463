import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../src/config/package-root.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { LocalName } from '../../src/local/record.ts'
import { loginIn } from '../support/broker-process.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { startNode } from './processes.ts'

const PORT = 18_086
const POLL_MS = 200

/** Where the time of a switch went, as the broker's audit tells it. */
export interface SwitchParts {
  /** From the PATCH to the freeze: pre-check, making the target, making room. */
  readonly beforeMs: number
  /** From the freeze to the first thing that is copied. */
  readonly shutMs: number
  readonly copyMs: number
  readonly verifyMs: number
  readonly cutOverMs: number
  /** From the freeze to the cut-over. */
  readonly freezeMs: number
}

export interface SwitchingBroker {
  readonly osb: OsbClient
  readonly operator: OsbClient
  stop(): Promise<void>
}

export interface BenchedInstance {
  /** Of its binding, as a platform would fetch it now. */
  uri(): Promise<string>
  /** Resolves when a platform hears that it has succeeded. */
  switchTo(place: LocalName): Promise<SwitchParts>
  /** Resolves when the broker has nothing left to do. */
  quiet(): Promise<void>
}

/** As `npm start` starts it, with berlin and paris. What is built is what runs: this program is part of it. */
export async function startSwitchingBroker(folder: string): Promise<SwitchingBroker> {
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o711 })
  const program = pathToFileURL(join(packageRoot(), 'dist', 'src', 'cli', 'main.js')).href
  const code = `const { main } = await import(${JSON.stringify(program)}); process.exitCode = await main(['start'])`
  const { url, stop } = await startNode(['--input-type=module', '--eval', code], {
    port: PORT,
    path: '/readyz',
    log: join(folder, 'log'),
    cwd: folder,
    env: { PORTOLAN_DATA: data }
  })
  return {
    osb: osbClient(url, loginIn(data)),
    operator: osbClient(url, loginIn(data, 'operator.json')),
    stop
  }
}

export async function provisioned(
  { osb, operator }: SwitchingBroker,
  place: LocalName
): Promise<BenchedInstance> {
  const id = 'bench-switch'
  const path = `/v2/service_instances/${id}`
  const binding = `${path}/service_bindings/bench`
  const { serviceId, planId } = await plansOf(osb)
  const ids = { service_id: serviceId, plan_id: planId(place) }
  const home = { organization_guid: 'bench', space_guid: 'bench' }
  await sent(osb, 'PUT', `${path}?accepts_incomplete=true`, { ...ids, ...home })
  await sent(osb, 'PUT', binding, ids)
  return {
    async uri() {
      const { credentials } = await sent(osb, 'GET', binding)
      return String((credentials as JsonObject)['uri'])
    },
    async switchTo(target) {
      const asked = await sent(osb, 'PATCH', `${path}?accepts_incomplete=true`, {
        service_id: serviceId,
        plan_id: planId(target)
      })
      await succeeded(
        osb,
        `${path}/last_operation?operation=${encodeURIComponent(String(asked['operation']))}`
      )
      return partsOf(operator, id)
    },
    async quiet() {
      for (;;) {
        const { items } = await sent(operator, 'GET', '/api/operations?state=in%20progress')
        if (Array.isArray(items) && items.length === 0) return
        await pause(POLL_MS)
      }
    }
  }
}

async function plansOf(osb: OsbClient) {
  const { services } = await sent(osb, 'GET', '/v2/catalog')
  const [service] = services as { id: string; plans: { id: string; name: string }[] }[]
  return {
    serviceId: service?.id ?? '',
    planId: (place: LocalName) => service?.plans.find(({ name }) => name === `${place}-medium`)?.id ?? ''
  }
}

async function succeeded(osb: OsbClient, poll: string): Promise<void> {
  for (;;) {
    const { state, description } = await sent(osb, 'GET', poll)
    if (state === 'succeeded') return
    if (state === 'failed') throw new Error(`the switch failed: ${String(description)}`)
    await pause(POLL_MS)
  }
}

/** Every state that a switch leaves is a row, with how long it was in it. */
async function partsOf(operator: OsbClient, id: string): Promise<SwitchParts> {
  const { items } = await sent(operator, 'GET', `/api/audit?subject=${id}&limit=100`)
  const rows = items as { action: string; operation: string; detail: { milliseconds: number } }[]
  const done = rows.find(({ action }) => action.endsWith('→ completed'))
  const inState = (state: string) =>
    rows
      .filter(
        ({ operation, action }) => operation === done?.operation && action.startsWith(`switch: ${state} →`)
      )
      .reduce((sum, { detail }) => sum + detail.milliseconds, 0)
  const [shutMs, copyMs, verifyMs, cutOverMs] = ['freeze', 'copy', 'verify', 'cut-over'].map(inState) as [
    number,
    number,
    number,
    number
  ]
  return {
    beforeMs: inState('precheck') + inState('provision') + inState('ready'),
    shutMs,
    copyMs,
    verifyMs,
    cutOverMs,
    freezeMs: shutMs + copyMs + verifyMs + cutOverMs
  }
}

async function sent(client: OsbClient, method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await client.send({ method, path, ...(body ? { body } : {}) })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}
