import type { JsonObject } from '../contract/json.ts'
import { rowsOf } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import { EXIT } from './exit-code.ts'
import { print } from './output.ts'

/** NDJSON: a head, then the links with their rows in the order of the chain. Never all at once in memory. */
export async function auditExport(): Promise<number> {
  let isFirst = true
  for await (const page of auditPages(['audit', 'export'])) {
    const { broker = '', keys = {} } = page
    if (isFirst) print(`${JSON.stringify({ portolan: 'audit', format: 1, broker, keys })}\n`)
    isFirst = false
    print(
      rowsOf(page, 'items')
        .map((item) => `${JSON.stringify(item)}\n`)
        .join('')
    )
  }
  return EXIT.ok
}

/** A list that goes on at `next`, one page after the other. */
export async function* auditPages(path: readonly string[]): AsyncIterable<JsonObject> {
  let after: string | undefined
  for (;;) {
    const page = await askBroker({ path, query: { limit: '1000', after } })
    yield page
    if (page['next'] === undefined) return
    after = String(page['next'])
  }
}
