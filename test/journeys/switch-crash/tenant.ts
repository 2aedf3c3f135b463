import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import type { JsonObject } from '../../../src/contract/json.ts'
import { clientFor } from '../../support/logs-in.ts'
import { root } from '../../support/root.ts'

/** Every kind of object that a tenant may make, and the table that the writer writes to. */
export async function fill(credentials: JsonObject): Promise<void> {
  const text = readFileSync(join(root, 'test/support/every-kind.sql'), 'utf8')
  const [, tenantsPart = ''] = text.split(/^-- section: tenant$/m)
  const [statements = ''] = tenantsPart.split(/^-- section: /m)
  const values: Record<string, unknown> = {
    group: credentials['database'],
    reader: `${String(credentials['database'])}_ro`,
    login: credentials['user']
  }
  await asTenant(credentials, async (client) => {
    await client.query(
      statements.replaceAll(/\{(group|reader|login)\}/g, (_, key: string) => String(values[key]))
    )
    await client.query('CREATE TABLE public.ledger (n int PRIMARY KEY)')
  })
}

/** Rows and their hash by table, and the value of every sequence; the writer's table is looked at by itself. */
export async function contentOf(credentials: JsonObject): Promise<Readonly<Record<string, string>>> {
  return asTenant(credentials, async (client) => {
    const { rows } = await client.query(
      `SELECT c.oid::regclass::text AS name, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'm', 'S') AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
         AND c.relname <> 'ledger' ORDER BY 1`
    )
    const content: Record<string, string> = {}
    for (const { name, relkind } of rows as { name: string; relkind: string }[]) {
      const what =
        relkind === 'S'
          ? `SELECT last_value::text || is_called::text AS seen FROM ${name}`
          : `SELECT count(*) || ' ' || md5(coalesce(string_agg(whole::text, chr(10) ORDER BY whole::text), '')) AS seen FROM ONLY ${name} whole`
      content[name] = String((await client.query(what)).rows[0]?.seen)
    }
    return content
  })
}

export async function ledgerOf(credentials: JsonObject): Promise<readonly number[]> {
  return asTenant(credentials, async (client) => {
    const { rows } = await client.query('SELECT n FROM public.ledger ORDER BY n')
    return rows.map(({ n }) => Number(n))
  })
}

async function asTenant<T>(credentials: JsonObject, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
