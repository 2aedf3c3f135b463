import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/example/index.ts'
import type { Harness } from './harness.ts'
import { type Mistake, paperDriver, paperPing } from './paper-driver.ts'
import { openPaper } from './paper-provider.ts'
import { noPorts } from './ports.ts'

/** The provider on paper, and a driver with that mistake. */
export function paper(mistake?: Mistake): Harness {
  const { sheets, http } = openPaper()
  const userOf = (credentials: JsonObject): string | undefined =>
    sheets.get(String(credentials['name']))?.users.get(String(credentials['username']))
  return {
    openDriver: () => paperDriver(mistake),
    ping: (call) => paperPing(call, mistake),
    family: { ...family, bindParameters: {} },
    order: { region: 'here', plan: {}, parameters: {} },
    call: (context) => ({ ...context, ...noPorts('paper is asked over HTTP'), http }),
    resources: async () => [...sheets.values()].map(({ id, name, tag }) => `${id} ${name} ${tag}`),
    logins: async () => [...sheets.values()].flatMap(({ users }) => [...users.keys()]),
    tryLogin: async (credentials) => userOf(credentials) === credentials['password'],
    plantForeign: async (name) => {
      sheets.set(name, { id: name, name, tag: 'else', looks: 1, users: new Map() })
    },
    remark: async (name) => {
      for (const sheet of sheets.values()) if (sheet.name === name) sheet.tag = 'else'
    }
  }
}
