import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import nock from 'nock'
import type { Json } from '../../src/contract/json.ts'

// Importing nock patches node:http at once; tests with real servers must not meet it.
nock.restore()

export interface Mocked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** All of it; absent means none. */
  readonly query?: Readonly<Record<string, string>>
  /** Headers that must be sent with exactly this value. */
  readonly sends?: Readonly<Record<string, string>>
  /** The JSON that must be sent, members in this order. Absent: no body. */
  readonly body?: Json
}

export type MockedAnswer =
  | {
      readonly status: number
      readonly body?: Json | string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The connection breaks with this code after the request was read. */
  | { readonly breaks: string }

export interface ProviderMock {
  /** Once, after those that were expected before. */
  expect(request: Mocked, answer: MockedAnswer): void
}

/**
 * To be called inside `describe`: each of its tests begins without network and fails in the end for every request that
 * had no mock and every mock that had no request.
 */
export function useProviderMock(origin: string): ProviderMock {
  let unmatched: string[] = []
  let expected = 0
  let asked: number[] = []
  const onNoMatch = (request: { method?: string; path?: string }) => {
    unmatched.push(`${request.method ?? '?'} ${request.path ?? '?'}`)
  }
  beforeEach(() => {
    unmatched = []
    expected = 0
    asked = []
    if (!nock.isActive()) nock.activate()
    nock.disableNetConnect()
    nock.emitter.on('no match', onNoMatch)
  })
  afterEach(() => {
    const unused = nock.pendingMocks()
    nock.emitter.off('no match', onNoMatch)
    nock.cleanAll()
    nock.enableNetConnect()
    nock.restore()
    expect(unmatched, 'requests without a mock: add one, or do not send them').to.deep.equal([])
    expect(unused, 'mocks without a request: remove them, or send what they wait for').to.deep.equal([])
    expect(asked, 'the order in which mocks were asked').to.deep.equal(asked.toSorted((a, b) => a - b))
  })
  return {
    expect(request, answer) {
      const place = expected++
      mock(origin, request, answer).on('request', () => asked.push(place))
    }
  }
}

function mock(origin: string, request: Mocked, answer: MockedAnswer): nock.Scope {
  const scope = nock(origin, request.sends ? { reqheaders: { ...request.sends } } : {})
  const wanted = request.body === undefined ? undefined : JSON.stringify(request.body)
  const interceptor = scope
    .intercept(request.path, request.method, (body: unknown) => {
      return wanted === undefined ? body === '' : JSON.stringify(body) === wanted
    })
    .query({ ...request.query })
  if ('breaks' in answer) {
    interceptor.replyWithError(Object.assign(new Error(answer.breaks), { code: answer.breaks }))
    return scope
  }
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
  interceptor.reply(answer.status, answer.body === undefined ? '' : body, { ...answer.headers })
  return scope
}

/** A fixture beside the caller, compiled or not: `fixture(import.meta.url, 'fixtures/x.json')`. */
export function fixture(from: string, path: string): Json {
  const source = from.replace('/dist/adapters/', '/adapters/')
  return JSON.parse(readFileSync(new URL(path, source), 'utf8')) as Json
}
