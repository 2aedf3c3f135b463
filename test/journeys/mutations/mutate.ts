import type { Json } from '../../../src/contract/json.ts'
import type { Seeded } from '../../support/seeded.ts'
import type { Draft, Place } from './drafts.ts'

export type Mutation = (draft: Draft, random: Seeded) => void

/** Mutations of one request; those that fit its place. */
export function mutate(draft: Draft, place: Place, random: Seeded): readonly string[] {
  const fitting = Object.entries(MUTATIONS).filter(([, { places }]) => places.includes(place))
  const names: string[] = []
  for (let count = 1 + random.below(3); count > 0; count--) {
    const [name, { apply }] = random.pick(fitting)
    apply(draft, random)
    names.push(name)
  }
  return names
}

const EVERYWHERE: readonly Place[] = ['path', 'body', 'inside']
const TEXTS = [
  '',
  ' ',
  '\0',
  '%00',
  '%',
  '%zz',
  '%c3%28',
  '%ed%a0%80',
  '..',
  '../..',
  '..%2f..',
  '%2e%2e/',
  '//',
  '\\',
  ';',
  "' or 1=1 --",
  '$(id)',
  '`id`',
  '{{7*7}}',
  '${jndi:ldap://x}',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'true',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(400),
  'x'.repeat(256),
  'x'.repeat(4000),
  '\u00fc',
  '\ufeff',
  '\u202e',
  'é'.repeat(128),
  '\r\nX-Injected: 1',
  '\t',
  '<script>',
  '%0d%0aX-Injected:%201',
  '?',
  '#',
  '&',
  '=',
  '+',
  '%2B',
  '*'
]
const METHODS = [
  'GET',
  'PUT',
  'PATCH',
  'DELETE',
  'POST',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'PU',
  'QUERY',
  'M-SEARCH',
  'X'.repeat(40)
]
const HEADERS = [
  'Authorization',
  'X-Broker-API-Version',
  'Content-Type',
  'Content-Length',
  'Transfer-Encoding',
  'Content-Encoding',
  'Accept',
  'Accept-Encoding',
  'Expect',
  'Host',
  'Connection',
  'Upgrade',
  'If-None-Match',
  'If-Modified-Since',
  'Range',
  'X-Broker-API-Originating-Identity',
  'X-Broker-API-Request-Identity',
  'X-Forwarded-For',
  'X-HTTP-Method-Override',
  'Cookie',
  'Origin',
  'Forwarded',
  '__proto__',
  'X-Unknown'
]
const VALUES = [
  '',
  ' ',
  '2.16',
  '2.17',
  '1.0',
  '3.0',
  '2.x',
  '2.99999999999999999999',
  'Basic',
  'Basic !!!',
  'Basic Og==',
  'Bearer x.y.z',
  'Basic ' + 'QQ=='.repeat(200),
  'Digest username="x"',
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json; charset=utf-16',
  'gzip',
  'br',
  'chunked',
  'identity, chunked',
  '0',
  '-1',
  '5',
  '1e3',
  '1000000000000',
  'abc',
  'close',
  'keep-alive',
  'upgrade',
  'websocket',
  'h2c',
  '100-continue',
  '*',
  '"x"',
  'bytes=0-1',
  'cloudfoundry e30=',
  'cloudfoundry !!!',
  'kubernetes',
  'x '.repeat(3000),
  'ü',
  '\xff\xfe',
  '__proto__',
  'DELETE',
  '127.0.0.1'
]
const KEYS = [
  'service_id',
  'plan_id',
  'organization_guid',
  'space_guid',
  'parameters',
  'maintenance_info',
  'bind_resource',
  'app_guid',
  'previous_values',
  'x-acme',
  '__proto__',
  'constructor',
  'toString',
  '',
  '\u0000',
  'a.b',
  '0'
]

const MUTATIONS: Readonly<Record<string, { readonly places: readonly Place[]; readonly apply: Mutation }>> = {
  method: { places: EVERYWHERE, apply: (draft, random) => void (draft.method = random.pick(METHODS)) },
  'segment of the path': { places: ['path'], apply: changeSegment },
  'byte of the path': {
    places: ['path'],
    apply: (draft, random) =>
      void (draft.target = flipped(Buffer.from(draft.target, 'latin1'), random)
        .toString('latin1')
        .replace(/^[^/]/, '/'))
  },
  'longer path': {
    places: ['path'],
    apply: (draft, random) => void (draft.target = `${draft.target.split('?')[0]}/${random.pick(TEXTS)}`)
  },
  'other form of the target': {
    places: ['path'],
    apply: (draft, random) =>
      void (draft.target = random.pick([
        '*',
        'http://x' + draft.target,
        draft.target.slice(1),
        '/' + draft.target,
        draft.target + '#x',
        draft.target.toUpperCase(),
        ''
      ]))
  },
  query: { places: EVERYWHERE, apply: changeQuery },
  'header added': {
    places: EVERYWHERE,
    apply: (draft, random) => void draft.headers.push([random.pick(HEADERS), random.pick(VALUES)])
  },
  'header changed': { places: EVERYWHERE, apply: changeHeader },
  'header left out': {
    places: EVERYWHERE,
    apply: (draft, random) => void draft.headers.splice(random.below(draft.headers.length || 1), 1)
  },
  'header name': {
    places: EVERYWHERE,
    apply: (draft, random) =>
      void draft.headers.push([
        random.pick(['', ' X', 'X Y', 'X\0', 'ü', 'x'.repeat(9000), ':']),
        random.pick(VALUES)
      ])
  },
  'many headers': {
    places: EVERYWHERE,
    apply: (draft, random) =>
      void draft.headers.push(
        ...Array.from({ length: 50 + random.below(3000) }, (_, at): [string, string] => [`X-${at}`, '1'])
      )
  },
  'another login': { places: EVERYWHERE, apply: changeLogin },
  'field of the body': { places: ['path', 'body'], apply: changeField },
  'field twice': { places: ['path', 'body'], apply: doubleField },
  'byte of the body': {
    places: ['path', 'body'],
    apply: (draft, random) => void (draft.body = flipped(draft.body ?? Buffer.from('{}'), random))
  },
  'body cut off': {
    places: ['path', 'body'],
    apply: (draft, random) => void (draft.body = draft.body?.subarray(0, random.below(draft.body.length + 1)))
  },
  'another body': {
    places: ['path', 'body'],
    apply: (draft, random) => void (draft.body = strangeBody(random))
  },
  'body in UTF-16': {
    places: ['path', 'body'],
    apply: (draft) => void (draft.body = Buffer.from(draft.body?.toString() ?? '{}', 'utf16le'))
  }
}

function changeSegment(draft: Draft, random: Seeded): void {
  const [path = '', query] = draft.target.split('?')
  const segments = path.split('/')
  segments[1 + random.below(Math.max(1, segments.length - 1))] = random.pick(TEXTS)
  draft.target = segments.join('/') + (query === undefined ? '' : `?${query}`)
}

function changeQuery(draft: Draft, random: Seeded): void {
  const names = ['service_id', 'plan_id', 'operation', 'accepts_incomplete', '__proto__', '', 'x']
  const added = `${random.pick(names)}=${random.pick(TEXTS)}`
  draft.target += (draft.target.includes('?') ? random.pick(['&', '?', ';']) : '?') + added
}

function changeHeader(draft: Draft, random: Seeded): void {
  if (draft.headers.length === 0) return
  const at = random.below(draft.headers.length)
  const [name = ''] = draft.headers[at] ?? []
  draft.headers[at] = [random.chance(0.1) ? name.toLowerCase() : name, random.pick(VALUES)]
}

/** A wrong password is as secret as a right one: often it is one that fits elsewhere. */
function changeLogin(draft: Draft, random: Seeded): void {
  const login = `${random.pick(['mutant', 'operator', '', 'ü', 'x'.repeat(300)])}:${canary(random)}`
  draft.headers = draft.headers.filter(([name]) => name !== 'Authorization')
  draft.headers.push(['Authorization', `Basic ${Buffer.from(login).toString('base64')}`])
}

function changeField(draft: Draft, random: Seeded): void {
  const body = parsed(draft.body)
  const key = random.chance(0.7) ? random.pick(Object.keys(body).concat('service_id')) : random.pick(KEYS)
  if (random.chance(0.3)) delete body[key]
  else
    Object.defineProperty(body, key, {
      value: wildValue(random),
      enumerable: true,
      configurable: true,
      writable: true
    })
  draft.body = Buffer.from(JSON.stringify(body))
}

/** The last of two counts for JSON.parse; what was there stays last, so that the request stays what it was. */
function doubleField(draft: Draft, random: Seeded): void {
  const text = draft.body?.toString() ?? '{}'
  if (!text.startsWith('{')) return
  const first = `{${JSON.stringify(random.pick(KEYS.slice(0, 5)))}:${JSON.stringify(wildValue(random))},`
  draft.body = Buffer.from(first + text.slice(1))
}

/** `{}` for what is no object, and for what is nested too deep to be written again. */
function parsed(body: Buffer | undefined): Record<string, Json> {
  try {
    const value: unknown = JSON.parse(body?.toString() ?? '{}')
    JSON.stringify(value)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, Json>)
      : {}
  } catch {
    return {}
  }
}

function flipped(bytes: Buffer, random: Seeded): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[random.below(copy.length)] = random.below(256)
  return copy
}

function strangeBody(random: Seeded): Buffer {
  const levels = 1 + random.below(100_000)
  return random.pick<() => Buffer>([
    () => Buffer.alloc(0),
    () =>
      Buffer.from(
        random.pick([
          '[]',
          '"x"',
          'null',
          '1',
          'true',
          '{',
          '}',
          '{}',
          '{"a":}',
          '{"a":1}{"b":2}',
          "{'a':1}",
          '\ufeff{}',
          '{"__proto__":{"x":1}}',
          '{"a":"\\u0000"}',
          '{"a":"\\ud800"}',
          '{"a":1e999}',
          'service_id=x&plan_id=y'
        ])
      ),
    () => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}`),
    () => Buffer.from(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`),
    () => Buffer.from(JSON.stringify({ a: 'x'.repeat(random.below(1_200_000)) })),
    () =>
      Buffer.from(
        JSON.stringify(
          Object.fromEntries(Array.from({ length: random.below(5000) }, (_, at) => [`k${at}`, at]))
        )
      ),
    () => Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)))
  ])()
}

/** A JSON value of any kind, often with a secret in it that must never come back. */
export function wildValue(random: Seeded, depth = 0): Json {
  const value = random.pick<() => Json>([
    () => null,
    () => random.chance(0.5),
    () => random.pick([0, -1, 1.5, 1e300, 2 ** 53, -0]),
    () => random.pick(TEXTS),
    () => canary(random),
    () => canary(random),
    () => (depth > 3 ? [] : Array.from({ length: random.below(5) }, () => wildValue(random, depth + 1))),
    () =>
      depth > 3
        ? {}
        : Object.fromEntries(
            Array.from({ length: random.below(5) }, () => [random.pick(KEYS), wildValue(random, depth + 1)])
          ),
    () => deep(random.below(60)),
    () => canary(random).repeat(1 + random.below(2000))
  ])
  return value()
}

function deep(levels: number): Json {
  let value: Json = 'Canary!deep'
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { never: value }
  return value
}

export const CANARY = 'Canary!'

function canary(random: Seeded): string {
  return `${CANARY}${random.word()}`
}
