import { randomBytes } from 'node:crypto'
import type { Driver, Handle, Order, Sighting } from '../../src/contract/adapter.ts'
import { failureOf } from '../../src/contract/answers.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Call, HttpRequest } from '../../src/contract/ports.ts'
import { arrayAt, isObject, textAt } from '../../src/contract/read.ts'

/** Mistakes that people make against an HTTP API; each must be found by the kit. */
export const MISTAKES = [
  'makes without looking first',
  'takes whatever has its name',
  'takes a failed look for absence',
  'forgets Retry-After',
  'calls a gateway error invalid',
  'stops destroying at a lost answer',
  'invents a password for each attempt',
  'tells the password in a note',
  'unbinds without deleting',
  'unbinds by its grant only',
  'destroys without reading the mark',
  'reads a mark without its broker',
  'swallows a failed ping',
  'tries again by itself for ever',
  'tries again by itself once'
] as const
export type Mistake = (typeof MISTAKES)[number]

/** A driver over the paper provider, right but for one mistake. */
export function paperDriver(mistake?: Mistake): Driver {
  const has = (candidate: Mistake): boolean => candidate === mistake
  const ask = async (call: Call, method: HttpRequest['method'], path: string, body?: JsonObject) =>
    send(call, { method, url: new URL(`http://paper.example/sheets${path}`), ...(body && { body }) }, has)

  async function ofName(call: Call, name: string): Promise<JsonObject[]> {
    try {
      const answer = await ask(call, 'GET', `?name=${name}`)
      return arrayAt(answer, 'sheets').filter(isObject)
    } catch (error) {
      if (has('takes a failed look for absence')) return []
      throw error
    }
  }

  function isOurs({ tag }: JsonObject, handle: Handle): boolean {
    const end = has('reads a mark without its broker') ? /^[^/]*/ : ''
    return String(tag).replace(end, '') === textAt(handle, 'tag').replace(end, '')
  }

  /** The sheet that is ours, or none; throws when the name is taken. */
  async function ours(call: Call, handle: Handle): Promise<JsonObject | undefined> {
    const found = await ofName(call, textAt(handle, 'name'))
    const own = found.find((sheet) => isOurs(sheet, handle))
    if (!own && found[0] && has('takes whatever has its name')) return found[0]
    if (!own && found[0]) throw new ProviderFailure('conflict', 'the name is taken')
    return own
  }

  async function create(order: Order, soFar: Handle | undefined, call: Call): Promise<Sighting> {
    const handle = soFar ?? { v: 1, name: order.name, tag: tagOf(order) }
    if (!soFar) return { state: 'pending', handle, lookAgainInSeconds: 0 }
    if ('id' in soFar) return look(soFar, call)
    const there = has('makes without looking first') ? undefined : await ours(call, handle)
    const sheet = there ?? (await ask(call, 'POST', '', { name: order.name, tag: tagOf(order) }))
    return { state: 'pending', handle: { ...handle, id: textAt(sheet, 'id') } }
  }

  async function look(handle: Handle, call: Call): Promise<Sighting> {
    const sheet =
      'id' in handle
        ? await ask(call, 'GET', `/${textAt(handle, 'id')}`).catch(absent)
        : await ours(call, handle)
    if (!sheet) return { state: 'gone' }
    return { state: sheet['state'] === 'ready' ? 'ready' : 'pending', handle }
  }

  async function destroy(handle: Handle, call: Call): Promise<Sighting> {
    const sheet =
      'id' in handle
        ? await ask(call, 'GET', `/${textAt(handle, 'id')}`).catch(absent)
        : await ours(call, handle)
    if (!sheet) return { state: 'gone' }
    if (!isOurs(sheet, handle) && !has('destroys without reading the mark')) {
      throw new ProviderFailure('conflict', 'the sheet carries another mark')
    }
    const gone = ask(call, 'DELETE', `/${textAt(sheet, 'id')}`).catch(absent)
    if (has('stops destroying at a lost answer')) await gone.catch(() => undefined)
    else await gone
    return { state: 'gone' }
  }

  return {
    planSchema: {},
    create,
    observe: look,
    destroy,
    access: async (handle) => ({ kind: 'example', box: textAt(handle, 'id') }),
    async bind(handle, login, _parameters, _soFar, call) {
      const invented = has('invents a password for each attempt')
      const password = invented ? randomBytes(12).toString('hex') : login.password
      const path = `/${textAt(handle, 'id')}/users/${login.name}`
      if (has('tells the password in a note')) call.note('makes a login', { path, password })
      await ask(call, 'PUT', path, { password })
      return { state: 'ready', grant: { handle: { v: 1 }, login: { ...login, password } } }
    },
    async unbind(handle, login, grant, call) {
      if (has('unbinds without deleting') || (has('unbinds by its grant only') && !grant)) return
      await ask(call, 'DELETE', `/${textAt(handle, 'id')}/users/${login.name}`).catch(absent)
    }
  }
}

export async function paperPing(call: Call, mistake?: Mistake): Promise<void> {
  const url = new URL('http://paper.example/sheets?name=none')
  const asked = send(call, { method: 'GET', url }, (candidate) => candidate === mistake)
  await (mistake === 'swallows a failed ping' ? asked.catch(() => undefined) : asked)
}

async function send(
  call: Call,
  request: HttpRequest,
  has: (mistake: Mistake) => boolean
): Promise<JsonObject> {
  const answer = await call.http.send(request).catch((error: unknown) => {
    if (has('tries again by itself for ever')) return undefined
    if (has('tries again by itself once')) return call.http.send(request)
    throw error
  })
  if (!answer) return send(call, request, has)
  if (answer.status < 300) return isObject(answer.body) ? answer.body : {}
  const failure = failureOf(answer, `paper answers ${answer.status}`)
  if (has('forgets Retry-After') && failure.kind === 'throttled')
    throw new ProviderFailure('throttled', 'wait')
  if (has('calls a gateway error invalid') && answer.status >= 500)
    throw new ProviderFailure('invalid', 'no JSON')
  throw failure
}

function absent(error: unknown): undefined {
  if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
}

function tagOf({ mark }: Order): string {
  return `${mark.broker}/${mark.resource}/${mark.generation}`
}
