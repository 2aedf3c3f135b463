import { isDeepStrictEqual } from 'node:util'
import { type RawAnswer, rawExchange } from '../support/raw-exchange.ts'
import { type Seeded, seeded } from '../support/seeded.ts'
import { type Base, bases, type Draft, draftOf } from './mutations/drafts.ts'
import { CANARY, mutate, wildValue } from './mutations/mutate.ts'
import { openWorld, type World } from './mutations/world.ts'
import { runJourney, type StoreKind } from './run-journey.ts'

export interface MutationReport {
  readonly store: StoreKind
  readonly seed: number
  readonly requests: number
  /** How often each status was answered; 0: closed without a word, which only bytes that are not HTTP may meet. */
  readonly statuses: Readonly<Record<string, number>>
  readonly changed: boolean
  readonly seconds: number
  readonly findings: readonly string[]
}

const AT_ONCE = 6
/** Requests whose bytes themselves are damaged. */
const DAMAGED = 0.08
/** What says where a request ends. */
const FRAMING = /^(content-length|transfer-encoding|connection|upgrade)$/i
const MOST_FINDINGS = 40

/** Requests that are wrong in every way: none may end in a 5xx, tell a secret or change anything. */
export async function mutationJourney(
  store: StoreKind,
  requests: number,
  seed: number
): Promise<MutationReport> {
  const began = Date.now()
  const world = await openWorld(store)
  try {
    const random = seeded(seed)
    const known = bases(world)
    const secrets = secretsOf(world)
    const statuses: Record<string, number> = {}
    const findings: string[] = []
    const before = await world.snapshot()
    let left = requests
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (left > 0) {
          left -= 1
          const one = compose(world, random.pick(known), random)
          const { status, problem } = await judge(world, one, secrets)
          statuses[status] = (statuses[status] ?? 0) + 1
          if (problem !== undefined && findings.length < MOST_FINDINGS) findings.push(problem)
        }
      })
    )
    const after = await world.snapshot()
    const changes = Object.keys(before).filter((table) => !isDeepStrictEqual(before[table], after[table]))
    findings.push(
      ...changes.map((table) => `${table} changed: ${difference(before[table] ?? [], after[table] ?? [])}`)
    )
    return {
      store,
      seed,
      requests,
      statuses,
      changed: changes.length > 0,
      seconds: Math.round((Date.now() - began) / 1000),
      findings
    }
  } finally {
    await world.end()
  }
}

function difference(before: readonly unknown[], after: readonly unknown[]): string {
  const known = new Set(before.map((row) => JSON.stringify(row)))
  const news = after.map((row) => JSON.stringify(row)).filter((row) => !known.has(row))
  return `${before.length} rows before, ${after.length} after; ${news.slice(0, 3).join(' ').slice(0, 600)}`
}

interface Composed {
  readonly base: Base
  readonly mutations: readonly string[]
  readonly draft: Draft
  readonly bytes: Buffer
  /** The bytes may announce more than they hold. */
  readonly isDamaged: boolean
}

function compose(world: World, base: Base, random: Seeded): Composed {
  const draft = draftOf(base, world, wildValue(random), random)
  const mutations = mutate(draft, base.place, random)
  const whole = bytesOf(draft)
  const isFlipped = base.place === 'path' && random.chance(DAMAGED)
  const isMisleading = draft.headers.some(([name]) => FRAMING.test(name)) || /[\r\n]/.test(draft.target)
  const bytes = isFlipped ? damaged(whole, random) : whole
  return { base, mutations, draft, isDamaged: isFlipped || isMisleading, bytes }
}

function bytesOf({ method, target, headers, body }: Draft): Buffer {
  const lengths = body === undefined ? [] : [['Content-Length', String(body.length)]]
  const lines = [...headers, ...lengths, ['Connection', 'close']].map(([name, value]) => `${name}: ${value}`)
  const head = `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)])
}

function damaged(bytes: Buffer, random: Seeded): Buffer {
  const copy = Buffer.from(bytes)
  for (let count = 1 + random.below(8); count > 0; count--)
    copy[random.below(copy.length)] = random.below(256)
  return random.chance(0.3) ? copy.subarray(0, random.below(copy.length)) : copy
}

async function judge(
  world: World,
  one: Composed,
  secrets: Secrets
): Promise<{ readonly status: number; readonly problem?: string }> {
  try {
    const answer = await rawExchange(world.broker.port, one.bytes, one.isDamaged)
    const wrong = whatIsWrong(answer, one, secrets)
    return {
      status: answer?.status ?? 0,
      ...(wrong === undefined ? {} : { problem: `${describe(one)} → ${wrong}` })
    }
  } catch (error) {
    return { status: 0, problem: `${describe(one)} → ${String(error)}` }
  }
}

function whatIsWrong(answer: RawAnswer | undefined, one: Composed, secrets: Secrets): string | undefined {
  if (answer === undefined) return one.isDamaged ? undefined : 'closed without a word'
  const { status, head, body } = answer
  const text = body.toString('utf8')
  const all = `${head}\n${text}`
  const shown = `${status} ${text.slice(0, 300)}`
  if (!(status >= 200 && status < 500)) return shown
  if (all.includes(CANARY) || secrets.never.some((secret) => all.includes(secret)))
    return `a secret came back: ${shown}`
  if (status >= 400 && secrets.granted.some((secret) => all.includes(secret)))
    return `a secret came back: ${shown}`
  if (/^x-injected/im.test(head)) return `a header was injected: ${head}`
  const hasNoBody = one.draft.method === 'HEAD' || status === 304
  if (hasNoBody || (one.isDamaged && text === '')) return undefined
  return isAsItShould(status, head, text) ? undefined : `not a JSON object with a description: ${shown}`
}

function isAsItShould(status: number, head: string, text: string): boolean {
  if (status === 200 && /^content-type: text\/plain/im.test(head)) return text.includes('portolan_')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    if (status < 400 || status === 410) return true
    const { description } = value as { description?: unknown }
    return typeof description === 'string' && description !== ''
  } catch {
    return false
  }
}

interface Secrets {
  /** In no answer at all. */
  readonly never: readonly string[]
  /** Only in a bind's and a fetch's answer. */
  readonly granted: readonly string[]
}

function secretsOf({ login, operator, credentials }: World): Secrets {
  const basic = ({ username, password }: { username: string; password: string }) =>
    Buffer.from(`${username}:${password}`).toString('base64')
  return {
    never: [login.password, operator.password, basic(login), basic(operator)],
    granted: [String(credentials['password'])]
  }
}

function describe({ base, mutations, draft, bytes, isDamaged }: Composed): string {
  const sent = bytes.toString('latin1').replace(/Authorization: Basic [^\r]+/i, 'Authorization: Basic …')
  return `${base.name} [${mutations.join(', ')}]${isDamaged ? ' damaged' : ''} ${draft.method} ${JSON.stringify(sent.slice(0, 500))}`
}

const FULL_SIZE = 10_000

/** `npm run journey:mutations [-- --requests N --store sqlite|postgres --seed S]`. */
export function main(argv: readonly string[]): Promise<never> {
  return runJourney(argv, { option: '--requests', full: FULL_SIZE }, mutationJourney)
}
