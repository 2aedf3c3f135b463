import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { objectAt, textAt } from '../../src/contract/read.ts'
import { removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { DAY } from '../support/clock.ts'
import { clientFor } from '../support/logs-in.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { withClient } from '../support/postgres-server.ts'
import { storeRows } from '../support/store-rows.ts'
import { newInstance } from './switch/instance.ts'
import { openStage, type Stage } from './switch/stage.ts'

const IDS = {
  service_id: 'a232e140-a227-48b7-a5d3-00bc46c559f4',
  plan_id: '7f3b62a8-99f4-4198-9691-40140489e237'
}
const QUERY = `service_id=${IDS.service_id}&plan_id=${IDS.plan_id}&accepts_incomplete=true`

describe('What stands at a provider and in no book, on a broker that a user started', function () {
  this.timeout(120_000)
  let stage: Stage
  let at: Desk

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    stage = await openStage('sqlite')
    at = desk()
  })
  after(async () => {
    await stage?.end()
    await removeBrokers()
    at?.remove()
  })

  const run = (line: string) =>
    at.run(line.split(' '), {
      PORTOLAN_DATA: stage.broker.data,
      PORTOLAN_KEYS: `k1:${stage.key.toString('base64')}`,
      PORT: String(stage.broker.port)
    })
  const done = async (line: string): Promise<string> => {
    const { code, out, err } = await run(line)
    expect(code, `${line}: ${err}${out}`).to.equal(0)
    return out
  }
  const json = async (line: string) => JSON.parse(await done(`${line} --json`)) as JsonObject
  const drifting = async (kind: string) => (await json('drift'))[kind] as readonly JsonObject[]
  const inBerlin = (sql: string, database = 'postgres') =>
    withClient({ ...stage.server('berlin'), database }, async (root) => (await root.query(sql)).rows)
  const isThere = async (name: string) =>
    (await inBerlin(`SELECT FROM pg_database WHERE datname = '${name}'`)).length === 1
  const nameOf = async (id: string) => {
    const [resource] = (await json(`instances show ${id}`))['resources'] as readonly JsonObject[]
    return textAt(resource ?? {}, 'name')
  }

  it('a database made by hand is adopted with its rows, bound, written to, and removed by its platform', async () => {
    await inBerlin('CREATE DATABASE shop')
    await inBerlin("CREATE TABLE things AS SELECT 'kept' AS title", 'shop')
    const id = randomUUID()
    const order = `instances adopt shop --plan ${IDS.plan_id} --platform default --instance ${id} --organization o --space s`
    const open = await run(order)
    expect(open.code, open.out).to.equal(1)
    expect(`${open.out}${open.err}`).to.include('REVOKE ALL ON DATABASE shop FROM PUBLIC')
    await inBerlin('REVOKE ALL ON DATABASE shop FROM PUBLIC')
    const adoption = await json(order)
    expect(adoption, JSON.stringify(adoption)).to.include({ kind: 'adopt', state: 'succeeded' })
    expect((await json(order))['id'], 'asked again').to.equal(adoption['id'])

    const path = `/v2/service_instances/${id}`
    const again = { ...IDS, organization_guid: 'o', space_guid: 's' }
    const ordered = await stage.client.send({
      method: 'PUT',
      path: `${path}?accepts_incomplete=true`,
      body: again
    })
    expect(ordered.status, 'the platform orders what it has').to.equal(200)
    const { body } = await stage.client.send({
      method: 'PUT',
      path: `${path}/service_bindings/b1?accepts_incomplete=true`,
      body: IDS
    })
    const client = clientFor(objectAt(body, 'credentials'))
    await client.connect()
    await client.query("INSERT INTO things VALUES ('added'); ALTER TABLE things ADD COLUMN price int")
    const { rows } = await client.query('SELECT title FROM things ORDER BY 1')
    await client.end()
    expect(rows).to.deep.equal([{ title: 'added' }, { title: 'kept' }])
    expect(await drifting('orphans')).to.deep.equal([])

    await stage.client.send({ method: 'DELETE', path: `${path}/service_bindings/b1?${QUERY}` })
    const removed = await stage.client.send({ method: 'DELETE', path: `${path}?${QUERY}` })
    expect(removed.status).to.equal(200)
    expect(await isThere('shop')).to.equal(false)
  })

  it('what was purged is shown, kept for seven days whoever asks, and then destroyed alone', async () => {
    const [purged, neighbour] = [
      await newInstance(stage.client, 'berlin'),
      await newInstance(stage.client, 'berlin')
    ]
    const [name, other] = [await nameOf(purged.id), await nameOf(neighbour.id)]
    await done(`instances purge ${purged.id} --yes`)
    expect(await done('drift')).to.include(`portolan drift delete berlin ${name}`)
    const young = await run(`drift delete berlin ${name} --name ${name}`)
    expect([young.code === 0, young.err.includes('less than seven days ago')]).to.deep.equal([false, true])
    expect(await isThere(name)).to.equal(true)

    await storeRows(stage.store, `update orphans set first_seen_at = first_seen_at - ${8 * DAY}`)
    const slip = await run(`drift delete berlin ${name} --name ${name.slice(1)}`)
    expect(slip.err).to.include('nothing was changed')
    const belongs = await run(`drift delete berlin ${other} --name ${other}`)
    expect(belongs.err).to.include('is no orphan')
    expect(await isThere(name)).to.equal(true)
    expect(await json(`drift delete berlin ${name} --name ${name}`)).to.include({ state: 'succeeded' })
    expect([await isThere(name), await isThere(other)]).to.deep.equal([false, true])
    expect(await drifting('leftovers')).to.deep.equal([])
  })

  it('what somebody dropped at its provider is told as missing, and forgotten on order only', async () => {
    const [lost, kept] = [
      await newInstance(stage.client, 'berlin'),
      await newInstance(stage.client, 'berlin')
    ]
    const name = await nameOf(lost.id)
    await inBerlin(`DROP DATABASE ${name}`)
    await inBerlin(`DROP ROLE ${name}_ro; DROP ROLE ${name}`)
    expect((await drifting('missing')).map((each) => each['osbInstance'])).to.deep.equal([lost.id])
    expect((await lost.fetch()).status, 'it is told and not done').to.equal(200)
    const standing = await run(`instances forget ${kept.id} --yes`)
    expect(standing.code).to.not.equal(0)
    await done(`instances forget ${lost.id} --yes`)
    expect((await lost.fetch()).status).to.equal(404)
    expect((await kept.fetch()).status).to.equal(200)
    expect(await drifting('missing')).to.deep.equal([])
  })
})
