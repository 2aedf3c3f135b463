import { readFileSync } from 'node:fs'
import type { Login } from '../../src/contract/adapter.ts'
import { readerOf } from '../../src/families/postgresql/names.ts'
import { type TestServer, withClient } from './postgres-server.ts'
import type { Tenant } from './postgres-tenant.ts'

const FILE = new URL('every-kind.sql', import.meta.url)

type Section = 'tenant' | 'owner' | 'superuser'

/** Who makes the things of one section of `every-kind.sql`. */
const MAKERS: readonly Section[] = ['tenant', 'owner', 'superuser']

/**
 * Fills a tenant's database with every kind of object. Without `superuser`: only what a tenant and its provider can make, which is what
 * can be moved.
 */
export async function fillWithEveryKind(
  server: TestServer,
  tenant: Pick<Tenant, 'access'>,
  login: Login,
  sections: readonly Section[] = ['tenant', 'owner']
): Promise<void> {
  const { database } = tenant.access
  const who = {
    tenant: { ...tenant.access, user: login.name, password: login.password },
    owner: tenant.access,
    superuser: { ...server.superuser, database }
  }
  for (const section of MAKERS.filter((maker) => sections.includes(maker))) {
    const sql = sectionOf(section)
      .replaceAll('{group}', database)
      .replaceAll('{reader}', readerOf(database))
      .replaceAll('{login}', login.name)
    await withClient(who[section], (client) => client.query(sql))
  }
}

function sectionOf(section: Section): string {
  const text = readFileSync(FILE, 'utf8').split(`-- section: ${section}\n`)[1] ?? ''
  return text.split('-- section: ')[0] ?? ''
}
