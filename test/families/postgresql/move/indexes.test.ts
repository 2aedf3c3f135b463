import { expect } from 'chai'
import type { PostgresqlSession } from '../../../../src/contract/ports.ts'
import { Indexes } from '../../../../src/families/postgresql/move/indexes.ts'
import type { SourceTable } from '../../../../src/families/postgresql/move/source-tables.ts'
import type { Entry } from '../../../../src/families/postgresql/move/structure.ts'
import { makeTasks } from '../../../../src/families/postgresql/move/tasks.ts'
import { attempt, endSteps, newPair, type Pair } from '../../../support/move-pair.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin, postgresqlCall } from '../../../support/postgres-tenant.ts'

const LARGE = 10_000_000

function tableOf(oid: number, bytes: number, indexes: SourceTable['indexes']): SourceTable {
  return {
    oid,
    name: `t${oid}`,
    bytes,
    columns: '(a)',
    isText: false,
    condition: undefined,
    indexes
  }
}

/** Builds tables in three lanes, where each build takes as long as the others let it; answers what began and ended, in order. */
async function built(tables: readonly SourceTable[]): Promise<readonly string[]> {
  const seen: string[] = []
  const entries = tables
    .flatMap(({ indexes }) => indexes)
    .map(({ entry }): Entry => ({ line: entry, object: entry, text: entry }))
  const work = async (what: string) => {
    seen.push(`begins ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(`ends ${what}`)
  }
  const structure = {
    entries: async () => entries,
    restore: (_section: string, all: readonly Entry[]) => work(all.map(({ object }) => object).join(', '))
  }
  const session = {
    query: async (sql: string) => {
      await work(sql.replace('-- gather statistics\n', ''))
      return []
    }
  } as unknown as PostgresqlSession
  const tasks = makeTasks(async () => {})
  const nothing = () => {}
  const progress = {
    at: nothing,
    done: nothing,
    sent: nothing,
    rows: nothing,
    figures: () => ({ bytes: 0, rows: 0, objects: 0 })
  }
  const indexes = new Indexes(entries, { structure, tasks, progress, call: postgresqlCall() })
  for (const table of tables) indexes.ready(table)
  indexes.flush()
  const lane = { source: session, target: session }
  await Promise.all([tasks.work(lane), tasks.work(lane), tasks.work(lane)])
  return seen
}

describe('indexes of a copied database', function () {
  this.timeout(60_000)

  it('begin after the keys of their table, which would wait for them; its statistics follow', async () => {
    const seen = await built([
      tableOf(1, LARGE, [
        { entry: '1259 11', weight: 3 * LARGE },
        { entry: '1259 12', weight: 2 * LARGE },
        { entry: '1259 13', weight: 1 },
        { entry: '2606 14', weight: 1 },
        { entry: '2606 15', weight: 1 }
      ])
    ])
    expect(seen.slice(0, 4)).to.deep.equal([
      'begins 2606 14, 2606 15',
      'ends 2606 14, 2606 15',
      'begins 1259 11',
      'begins 1259 12'
    ])
    expect(seen.slice(-2)).to.deep.equal(['begins ANALYZE t1', 'ends ANALYZE t1'])
    expect(seen).to.have.lengthOf(10)
  })

  it('of small tables are built by one program', async () => {
    const seen = await built([
      tableOf(1, 1, [{ entry: '2606 11', weight: 1 }]),
      tableOf(2, LARGE, []),
      tableOf(3, 1, [{ entry: '1259 12', weight: 1 }])
    ])
    const begun = seen.filter((each) => each.startsWith('begins'))
    expect(begun).to.have.members(['begins 2606 11, 1259 12', 'begins ANALYZE t1, t3', 'begins ANALYZE t2'])
  })

  describe('with a table that is not small', () => {
    let server: TestServer
    let pair: Pair

    before(async () => {
      server = await postgresServer()
      pair = await newPair(server)
      const made = [
        `CREATE TABLE large AS SELECT g AS id, md5(g::text) AS a, repeat('x', 100) AS b FROM generate_series(1, 40000) AS g`,
        'ALTER TABLE large ADD PRIMARY KEY (id); ALTER TABLE large ADD UNIQUE (a)',
        'CREATE INDEX by_b ON large (b, id); CREATE INDEX by_hash ON large (lower(a))'
      ]
      expect(await asLogin(pair.from.access, pair.login.from, made)).to.deep.equal([])
    })

    after(() => pair.remove())

    it('all stand at the target, with statistics, also of an expression', async () => {
      await attempt(pair.moving())
      await endSteps(pair.moving())
      const { rows } = await withClient({ ...server.superuser, database: pair.to.name }, (client) =>
        client.query(
          `SELECT i.relname AS name, i.reltuples::int AS rows FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
           WHERE x.indrelid = 'large'::regclass AND x.indisvalid
           UNION ALL SELECT tablename, count(*)::int FROM pg_stats WHERE tablename IN ('large', 'by_hash') GROUP BY 1 ORDER BY 1, 2`
        )
      )
      expect(rows).to.deep.equal([
        { name: 'by_b', rows: 40000 },
        { name: 'by_hash', rows: 1 },
        { name: 'by_hash', rows: 40000 },
        { name: 'large', rows: 3 },
        { name: 'large_a_key', rows: 40000 },
        { name: 'large_pkey', rows: 40000 }
      ])
    })
  })
})
