import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { textAt } from '../../../src/contract/read.ts'
import type { FakeScaleway } from './start-fake.ts'

/** Asks the fake below this path; with the broker's key unless another is given. */
export function asking(fake: () => FakeScaleway, root = '') {
  return async (
    method: string,
    path: string,
    body?: Json,
    key = textAt(fake().settings, 'secretKey')
  ): Promise<{ readonly status: number; readonly body: JsonObject; readonly headers: Headers }> => {
    const answer = await fetch(`${fake().url}${root}${path}`, {
      method,
      headers: { 'x-auth-token': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    const told: JsonObject = text === '' ? {} : JSON.parse(text)
    return { status: answer.status, body: told, headers: answer.headers }
  }
}
