import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/contract/json.ts'
import { logsIn } from '../../support/logs-in.ts'
import { SERVICE, WARES } from '../crash/model.ts'
import { type Client, clientOf, type Ended, pause } from './client.ts'
import { arm, disarm, hasHappened, isAsleep, type Order, reachedIn } from './fate.ts'
import { cutOverTwice, leftLying, operationsEnded } from './reckoning.ts'
import { LEASE_SECONDS, type Stage } from './stage.ts'
import { contentOf, fill, ledgerOf } from './tenant.ts'
import { startWriter, type Writer } from './writer.ts'

/** What is on the way when a broker dies: a switch, or one whose copy is said to be different; then the deletion of the instance. */
export type Scene = 'switch' | 'different copy'

export interface Result {
  readonly point: string
  readonly outcome: 'completed' | 'rolled back'
  /** From the death, or from the order where nobody died, until the platform was told the end. */
  readonly seconds: number
  /** What is wrong: nothing, or the product has lost something. */
  readonly findings: readonly string[]
  /** Points that were reached on the way. */
  readonly reached: readonly string[]
}

const PLAN = { from: planOf('berlin'), to: planOf('paris') }

/** An instance from its creation to its deletion, with a switch between; a broker dies at the point of the order. */
export async function trial(stage: Stage, scene: Scene, order: Order | undefined): Promise<Result> {
  const client = clientOf(stage)
  const instance = await newInstance(client)
  const { path, binding } = instance
  const first = await client.credentials(binding)
  await fill(first)
  const content = await contentOf(first)
  const writer = startWriter(() => client.credentials(binding))
  await writer.again()
  arm(stage.fate, order, scene === 'different copy')
  const nurse = startNurse(stage)
  const findings: string[] = []
  try {
    const ended = await client.finish('PATCH', `${path}?accepts_incomplete=true`, {
      service_id: SERVICE,
      plan_id: PLAN.to
    })
    const seconds = (Date.now() - nurse.since()) / 1000
    findings.push(...(await operationsEnded(stage)))
    if (order?.signal === 'SIGSTOP') findings.push(...(await wake(stage, writer)))
    await nurse.allUp()
    findings.push(...(await reckonSwitch({ stage, client, instance, writer, first, content, scene, ended })))
    await writer.stop()
    for (const each of [binding, path]) findings.push(...(await remove(client, each)))
    findings.push(...(await operationsEnded(stage)))
    await nurse.allUp()
    findings.push(...(await leftLying(stage)).map((what) => `after the deletion ${what}`))
    if (order !== undefined && !hasHappened(stage.fate)) findings.push('the point was never reached')
    return {
      point: order === undefined ? 'nowhere' : nameOf(order),
      outcome: ended.state === 'succeeded' ? 'completed' : 'rolled back',
      seconds,
      findings,
      reached: reachedIn(stage.fate)
    }
  } finally {
    disarm(stage.fate)
    for (const { pid } of stage.brokers.filter((each) => isAsleep(each.pid))) process.kill(pid, 'SIGCONT')
    await writer.stop()
    await nurse.end()
  }
}

/** Whoever slept through its lease goes on where it was; what it still does, it does within another lease. */
async function wake({ brokers }: Stage, writer: Writer): Promise<readonly string[]> {
  const asleep = brokers.filter(({ pid }) => isAsleep(pid))
  if (asleep.length !== 1) return [`${asleep.length} brokers slept`]
  await writer.again()
  const { refused } = writer
  for (const { pid } of asleep) process.kill(pid, 'SIGCONT')
  await pause(LEASE_SECONDS * 1000)
  return writer.refused > refused ? ['who woke up shut the application out'] : []
}

async function remove(client: Client, path: string): Promise<readonly string[]> {
  const ids = `service_id=${SERVICE}&plan_id=${PLAN.from}`
  const { state, description } = await client.finish('DELETE', `${path}?accepts_incomplete=true&${ids}`)
  return state === 'failed' ? [`DELETE ${path}: ${description}`] : []
}

export function nameOf({ point, nth, signal }: Order): string {
  const name = nth === 1 ? point : `${point} (${nth})`
  return signal === 'SIGSTOP' ? `asleep ${name}` : name
}

interface Instance {
  readonly path: string
  readonly binding: string
}

async function newInstance(client: Client): Promise<Instance> {
  const path = `/v2/service_instances/${randomUUID()}`
  const binding = `${path}/service_bindings/${randomUUID()}`
  const ids = { service_id: SERVICE, plan_id: PLAN.from }
  for (const [at, body] of [
    [path, { ...ids, organization_guid: 'org', space_guid: 'space' }],
    [binding, ids]
  ] as const) {
    const { state, description } = await client.finish('PUT', `${at}?accepts_incomplete=true`, body)
    if (state === 'failed') throw new Error(`PUT ${at}: ${description}`)
  }
  return { path, binding }
}

interface Reckoned {
  readonly stage: Stage
  readonly client: Client
  readonly instance: Instance
  readonly writer: Writer
  readonly first: JsonObject
  readonly content: Readonly<Record<string, string>>
  readonly scene: Scene
  readonly ended: Ended
}

async function reckonSwitch(all: Reckoned): Promise<string[]> {
  const { stage, client, instance, writer, first, content, scene, ended } = all
  const findings = [...(await leftLying(stage)), ...(await cutOverTwice(stage))]
  const isExpected = (ended.state === 'succeeded') === (scene === 'switch')
  if (!isExpected) findings.push(`it ${ended.state}: ${ended.description}`)
  await writer.again()
  const now = await client.credentials(instance.binding)
  const hasMoved = now['port'] !== first['port']
  if (hasMoved !== (ended.state === 'succeeded'))
    findings.push(`it ${ended.state}, and the instance is elsewhere`)
  if (hasMoved && (await logsIn(first))) findings.push('the old credentials still open the source')
  findings.push(...differences(content, await contentOf(now)))
  const written = [...writer.written]
  const ledger = new Set(await ledgerOf(now))
  const lost = written.filter((number) => !ledger.has(number))
  if (lost.length > 0) findings.push(`the application wrote ${lost.join(', ')}, which is lost`)
  return findings
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} was ${before[name] ?? 'not there'}, is ${after[name] ?? 'not there'}`)
}

interface Nurse {
  /** When a broker died; when there was nobody to die: the beginning. */
  since(): number
  /** Whoever died runs again. */
  allUp(): Promise<void>
  end(): Promise<void>
}

/** On SQLite a dead broker is started again at once; on PostgreSQL the other one goes on, and it comes back afterwards. */
function startNurse({ brokers, store }: Stage): Nurse {
  let diedAt: number | undefined
  const begun = Date.now()
  const isUp = () => brokers.every(({ isRunning }) => isRunning)
  const revive = async () => {
    await Promise.all(brokers.filter(({ isRunning }) => !isRunning).map((broker) => broker.start()))
  }
  let reviving: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    if (isUp()) return
    diedAt ??= Date.now()
    if (store === 'postgres') return
    clearInterval(timer)
    reviving = revive()
    // Told by `allUp`.
    reviving.catch(() => undefined)
  }, 10)
  return {
    since: () => diedAt ?? begun,
    async allUp() {
      await reviving
      await revive()
    },
    async end() {
      clearInterval(timer)
      await reviving
      await revive()
    }
  }
}

function planOf(provider: 'berlin' | 'paris'): string {
  const ware = WARES.find((each) => each.provider === provider)
  if (ware === undefined) throw new Error(`no plan at ${provider}`)
  return ware.small
}
