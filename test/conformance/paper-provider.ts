import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Http, HttpAnswer, HttpRequest } from '../../src/contract/ports.ts'
import { isObject } from '../../src/contract/read.ts'

export interface Sheet {
  readonly id: string
  readonly name: string
  tag: string
  looks: number
  readonly users: Map<string, string>
}

/** A provider on paper, spoken to over HTTP, for proving the kit: names are not unique, ids are its own. */
export interface Paper {
  readonly sheets: Map<string, Sheet>
  readonly http: Http
}

export function openPaper(): Paper {
  const sheets = new Map<string, Sheet>()
  return { sheets, http: { send: async (request) => route(sheets, request) } }
}

function route(sheets: Map<string, Sheet>, request: HttpRequest): HttpAnswer {
  const { method, url } = request
  const body = isObject(request.body) ? request.body : {}
  const [, , id, , user] = url.pathname.split('/')
  if (id === undefined) return method === 'POST' ? make(sheets, body) : find(sheets, url.searchParams)
  const sheet = sheets.get(id)
  if (!sheet) return answer(404, {})
  if (user !== undefined) return users(sheet, method, user, body)
  if (method === 'DELETE') sheets.delete(id)
  if (method === 'PUT') sheet.tag = String(body['tag'])
  if (method === 'GET') sheet.looks++
  return answer(200, shown(sheet))
}

function make(sheets: Map<string, Sheet>, body: JsonObject): HttpAnswer {
  const sheet: Sheet = {
    id: randomUUID(),
    name: String(body['name']),
    tag: String(body['tag']),
    looks: 0,
    users: new Map()
  }
  sheets.set(sheet.id, sheet)
  return answer(201, shown(sheet))
}

function find(sheets: Map<string, Sheet>, query: URLSearchParams): HttpAnswer {
  const found = [...sheets.values()].filter(({ name }) => name === query.get('name'))
  return answer(200, { sheets: found.map(shown) })
}

function users(sheet: Sheet, method: string, user: string, body: JsonObject): HttpAnswer {
  if (method === 'DELETE') return answer(sheet.users.delete(user) ? 200 : 404, {})
  sheet.users.set(user, String(body['password']))
  return answer(200, {})
}

function shown({ id, name, tag, looks }: Sheet): JsonObject {
  return { id, name, tag, state: looks > 0 ? 'ready' : 'writing' }
}

function answer(status: number, body: JsonObject): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body }
}
