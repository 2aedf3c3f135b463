import { readFileSync } from 'node:fs'
import type { Login } from '../../src/contract/adapter.ts'
import { type TestServer, withClient } from './postgres-server.ts'
import type { Tenant } from './postgres-tenant.ts'

const TEXT = readFileSync(new URL('./every-kind.sql', import.meta.url), 'utf8')

/** Who makes them: the tenant, the database's owner, or only a superuser. */
export type Section = 'tenant' | 'owner' | 'superuser'

/** Fills a tenant's database with every kind of object that `sections` may make. */
export async function fillWithEveryKind(
  server: TestServer,
  tenant: Tenant,
  login: Login,
  sections: readonly Section[] = ['tenant', 'owner']
): Promise<void> {
  const { host, port, database } = tenant.access
  const makers: Record<Section, { readonly user: string; readonly password: string }> = {
    tenant: { user: login.name, password: login.password },
    owner: server.managedRoot,
    superuser: server.superuser
  }
  const values: Record<string, string> = {
    group: tenant.name,
    reader: `${tenant.name}_ro`,
    login: login.name
  }
  const text = TEXT.replaceAll(/\{(group|reader|login)\}/g, (_, key: string) => String(values[key]))
  for (const part of text.split(/^-- section: /m).slice(1)) {
    const section = part.slice(0, part.indexOf('\n')) as Section
    if (!sections.includes(section)) continue
    const { user, password } = makers[section]
    await withClient({ host, port, database, user, password }, async (client) => {
      await client.query(part.slice(part.indexOf('\n')))
    })
  }
}
