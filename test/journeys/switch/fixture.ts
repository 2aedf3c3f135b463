import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { textAt } from '../../../src/contract/read.ts'
import { makeEveryKind } from '../../support/every-kind.ts'
import { clientFor } from '../../support/logs-in.ts'
import type { Bound } from './instance.ts'

/** Of `bulk`, which is most of a database's size. */
const ROW_BYTES = 1000
const ROWS_PER_MB = 1_000_000 / ROW_BYTES

export const COUNTERS = 20

/** What the writers write to, as the group owns it. Compared by what is known of every single write. */
function written(megabytes: number): string {
  return `
    CREATE SCHEMA journey;
    CREATE TABLE journey.lines (id bigserial PRIMARY KEY, n int NOT NULL UNIQUE, at timestamptz NOT NULL DEFAULT clock_timestamp(), pad text NOT NULL);
    CREATE TABLE journey.counters (id int PRIMARY KEY, v bigint NOT NULL);
    INSERT INTO journey.counters SELECT n, 0 FROM generate_series(0, ${COUNTERS - 1}) n;
    CREATE TABLE journey.bulk (id bigint PRIMARY KEY, shelf int NOT NULL, price numeric(10, 2), body text NOT NULL);
    INSERT INTO journey.bulk SELECT n, n % 100, n / 7.0, (SELECT string_agg(md5(n::text || k), '') FROM generate_series(1, ${Math.floor(ROW_BYTES / 32)}) k)
      FROM generate_series(1, ${Math.ceil(megabytes * ROWS_PER_MB)}) n;
    CREATE INDEX bulk_shelf ON journey.bulk (shelf, price);
    GRANT USAGE ON SCHEMA journey TO PUBLIC;
    GRANT SELECT ON ALL TABLES IN SCHEMA journey TO PUBLIC`
}

/** What a login makes as itself; the schema is open to its group, as the pre-check asks for. */
const OWN = `
  SET ROLE NONE;
  CREATE SCHEMA own;
  CREATE TYPE own.mood AS ENUM ('good', 'bad');
  CREATE TABLE own.lines (id bigserial PRIMARY KEY, n int NOT NULL UNIQUE, mood own.mood NOT NULL DEFAULT 'good');
  CREATE VIEW own.recent AS SELECT * FROM own.lines WHERE n > 10;
  CREATE FUNCTION own.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1'`

/** Every kind of object, a tenant's tables, and what a login owns itself. By bindings; only settings of the database are root's. */
export async function fill(root: PostgresqlAccess, writer: Bound, owner: Bound, megabytes: number) {
  const { credentials } = writer
  const [database, login] = [textAt(credentials, 'database'), textAt(credentials, 'user')]
  const { host, port } = root
  await makeEveryKind({
    host,
    port,
    database,
    login,
    makers: { tenant: { user: login, password: textAt(credentials, 'password') }, owner: root }
  })
  await ask(writer, written(megabytes))
  await ask(owner, OWN)
  await ask(writer, 'ANALYZE')
}

/** As a binding. Answers the rows of the last statement. */
export async function ask({ credentials }: Pick<Bound, 'credentials'>, sql: string) {
  const client = clientFor(credentials)
  client.on('error', () => undefined)
  await client.connect()
  try {
    const answer: unknown = await client.query(sql)
    const last = (Array.isArray(answer) ? answer.at(-1) : answer) as { readonly rows: readonly Row[] }
    return last.rows
  } finally {
    await client.end()
  }
}

type Row = Readonly<Record<string, unknown>>
