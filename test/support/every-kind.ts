import { readFileSync } from 'node:fs'
import type { PostgresqlAccess } from '../../src/contract/access.ts'
import type { Login } from '../../src/contract/adapter.ts'
import { type TestServer, withClient } from './postgres-server.ts'
import type { Tenant } from './postgres-tenant.ts'

const TEXT = readFileSync(new URL('./every-kind.sql', import.meta.url), 'utf8')

/** Who makes them: the tenant, the database's owner, or only a superuser. */
export type Section = 'tenant' | 'owner' | 'superuser'

type Maker = Pick<PostgresqlAccess, 'user' | 'password'>

/** Where the objects are made, and under which name each section is. */
export interface Filled {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly login: string
  readonly makers: Partial<Record<Section, Maker>>
}

/** Fills a tenant's database with every kind of object that `sections` may make. */
export async function fillWithEveryKind(
  server: TestServer,
  tenant: Tenant,
  login: Login,
  sections: readonly Section[] = ['tenant', 'owner']
): Promise<void> {
  const { host, port, database } = tenant.access
  const makers: Record<Section, Maker> = {
    tenant: { user: login.name, password: login.password },
    owner: server.managedRoot,
    superuser: server.superuser
  }
  const chosen = Object.fromEntries(sections.map((section) => [section, makers[section]]))
  await makeEveryKind({ host, port, database, login: login.name, makers: chosen })
}

/** The same, wherever it is. A section without a maker is left out. */
export async function makeEveryKind({ host, port, database, login, makers }: Filled): Promise<void> {
  const values: Record<string, string> = { group: database, reader: `${database}_ro`, login }
  const text = TEXT.replaceAll(/\{(group|reader|login)\}/g, (_, key: string) => String(values[key]))
  for (const part of text.split(/^-- section: /m).slice(1)) {
    const maker = makers[part.slice(0, part.indexOf('\n')) as Section]
    if (maker === undefined) continue
    const { user, password } = maker
    await withClient({ host, port, database, user, password }, async (client) => {
      await client.query(part.slice(part.indexOf('\n')))
    })
  }
}
