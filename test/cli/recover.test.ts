import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { type BrokerProcess, brokerProcess, dataFolder, removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { databases, type Place } from '../support/databases.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { storeRows } from '../support/store-rows.ts'

const SERVICE = '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1'
const SYNC = '6f06daeb-11be-42dd-b598-318f66e43ecf'
const LOGIN = { username: 'cf', password: 'cf-Kq7v2NcX0w8LmTfJ3' }
const keyText = (byte: number) => `first:${Buffer.alloc(32, byte).toString('base64')}`

for (const database of databases) {
  describe(`portolan: audit, backup and recovery, ${database.name}`, function () {
    this.timeout(BUILT_WITHIN_MS)
    let place: Place
    let data: string
    let at: Desk
    let broker: BrokerProcess
    let platform: OsbClient
    const env: Record<string, string> = {}

    before(async () => {
      place = await database.fresh()
      data = dataFolder()
      at = desk()
      const { address } = place
      Object.assign(env, {
        DATABASE_URL: address.kind === 'postgres' ? address.url : `sqlite:${address.path}`,
        PORTOLAN_KEYS: keyText(1),
        LOG_LEVEL: 'warn'
      })
      broker = await brokerProcess({
        data,
        env,
        settings: {
          catalog: EXAMPLE_CATALOG,
          providers: EXAMPLE_PROVIDERS,
          platforms: { cf: { logins: [LOGIN] } },
          audit: { sink: 'sink.json' }
        }
      })
      await broker.start()
      platform = osbClient(() => broker.url, LOGIN)
    })
    after(async () => {
      await removeBrokers()
      at?.remove()
      await place?.drop()
    })

    const run = (line: string, more: Record<string, string> = {}) =>
      at.run(line.split(' '), {
        ...env,
        PORT: String(broker.port),
        PORTOLAN_DATA: data,
        PORTOLAN_CONFIG: join(data, 'portolan.yaml'),
        ...more
      })
    const provision = (id: string) =>
      platform.send({
        method: 'PUT',
        path: `/v2/service_instances/${id}?accepts_incomplete=true`,
        body: {
          service_id: SERVICE,
          plan_id: SYNC,
          organization_guid: 'o',
          space_guid: 's',
          parameters: { title: 'one' }
        }
      })
    const poll = (id: string) =>
      platform.send({ method: 'GET', path: `/v2/service_instances/${id}/last_operation` })

    it('verifies the audit of a running broker', async () => {
      for (const id of ['i1', 'i2', 'i3']) expect((await provision(id)).status).to.equal(201)
      const { code, out, err } = await run('audit verify')
      expect([code, err], out).to.deep.equal([0, ''])
      expect(out).to.match(/The chain ends with the link \d+, mac [\w-]{43}, sealed .*\n/)
      expect(out).to.match(/Nothing is wrong with \d+ links\.\n$/)
    })

    it('SW-14 exports the audit as NDJSON; one row that is tampered with, there or in the store, fails it by its name', async () => {
      const { out } = await run('audit export')
      const lines = out.trimEnd().split('\n')
      const [head, first] = lines.map((line) => JSON.parse(line) as JsonObject)
      expect(head).to.include({ portolan: 'audit' })
      expect(first).to.include({ action: 'provision', subject: 'instance i1' })
      const file = join(at.folder, 'audit.ndjson')
      writeFileSync(file, out)
      expect((await run(`audit verify ${file}`)).code).to.equal(0)
      writeFileSync(file, out.replace('instance i2', 'instance i9'))
      const tampered = await run(`audit verify ${file}`)
      expect(tampered.code).to.equal(1)
      expect(tampered.out).to.match(/changed: the row \d+ \(link \d+\) was changed\n/)
      writeFileSync(file, lines.toSpliced(2, 1).join('\n'))
      expect((await run(`audit verify ${file}`)).out).to.match(/missing: the link 2 is missing/)

      const [row] = await storeRows(place.address, "select seq from audit where subject = 'instance i2'")
      const seq = Number(row?.['seq'])
      await storeRows(place.address, `update audit set subject = 'instance i9' where seq = ${seq}`)
      const live = await run('audit verify --json')
      expect(live.code).to.equal(1)
      const verdict = JSON.parse(live.out) as { sound: boolean; faults: JsonObject[] }
      expect(verdict.sound).to.equal(false)
      expect(verdict.faults.map(({ fault, row: named }) => [fault, named])).to.deep.equal([['changed', seq]])
      await storeRows(place.address, `update audit set subject = 'instance i2' where seq = ${seq}`)
      expect((await run('audit verify')).code).to.equal(0)
    })

    const backup = () => join(at.folder, 'store.backup')

    it('backs up the store while the broker serves, into a file of its user only, without keys', async () => {
      const meanwhile = Promise.all(Array.from({ length: 5 }, (_, n) => provision(`meanwhile-${n}`)))
      const { code, out, err } = await run(`backup ${backup()}`)
      expect([code, err]).to.deep.equal([0, ''])
      expect(out).to.include('Keep the key "first" in another place')
      expect((await meanwhile).map(({ status }) => status)).to.deep.equal(Array(5).fill(201))
      expect(statSync(backup()).mode & 0o777).to.equal(0o600)
      const again = await run(`backup ${backup()}`)
      expect([again.code, again.err]).to.deep.equal([1, `portolan: ${backup()} is there already\n`])
      const nowhere = await run('backup /no/such/folder/store.backup')
      expect(nowhere.code).to.equal(1)
      expect(nowhere.err).to.match(/^portolan: \/no\/such\/folder\/store.backup cannot be written: ENOENT/)
      expect((await provision('later')).status).to.equal(201)
    })

    it('restores nothing while a broker runs, over rows without --replace, with wrong keys, or from a cut file', async () => {
      const running = await run(`restore ${backup()} --replace --yes`)
      expect(running.code).to.equal(1)
      expect(running.err).to.match(/run/)
      expect(await broker.stop()).to.equal(0)
      const full = await run(`restore ${backup()}`)
      expect([full.code, full.err]).to.deep.equal([1, full.err])
      expect(full.err).to.include('is not empty: give --replace')
      expect((await run(`restore ${backup()} --replace`)).err).to.include('--yes')
      const wrong = await run(`restore ${backup()} --replace --yes`, { PORTOLAN_KEYS: keyText(2) })
      expect(wrong.code).to.equal(1)
      const cut = join(at.folder, 'cut.backup')
      writeFileSync(cut, readFileSync(backup()))
      truncateSync(cut, statSync(backup()).size - 30)
      const refused = await run(`restore ${cut} --replace --yes`)
      expect([refused.code, refused.err]).to.deep.equal([
        1,
        'portolan: the backup is cut off, damaged, or no backup of Portolan\n'
      ])
      const rows = await storeRows(place.address, "select 1 from instances where osb_id = 'later'")
      expect(rows).to.have.length(1)
    })

    it('starts in recovery with the old backup: reads and polls are served, nothing is changed', async () => {
      const restored = await run(`restore ${backup()} --replace --yes`)
      expect([restored.code, restored.err]).to.deep.equal([0, ''])
      expect((await run('doctor')).out).to.match(/is older than what was seen of it[^]*portolan recover/)
      await broker.start()
      expect((await poll('i1')).status).to.equal(200)
      expect((await poll('later')).status).to.equal(404)
      const refused = await provision('later')
      expect(refused.status).to.equal(503)
      expect(String(refused.body['description'])).to.include('older than what was made since')
      const ready = (await (await fetch(`${broker.url}/readyz`)).json()) as JsonObject
      expect(ready['status']).to.equal('ready')
      expect(JSON.stringify(ready['details'])).to.include('recovery')
      const doctor = await run('doctor --live')
      expect(doctor.code).to.equal(1)
      expect(doctor.out).to.include('portolan recover')
      expect((await run('keys rotate')).code).to.equal(1)
      const verdict = await run('audit verify')
      expect(verdict.code).to.equal(1)
      expect(verdict.out).to.match(/cut off: the chain ends with the link \d+/)
    })

    it('lists what differs at the providers, asks, and works again without a restart', async () => {
      const asked = await run('recover')
      expect(asked.code).to.equal(2)
      expect(asked.err).to.include('--yes')
      expect(asked.out).to.match(
        /The broker recovers since .*\n.*(audit\.checkpoint|the sink) saw the link \d+/
      )
      // The provider of these tests forgets everything with its process.
      expect(asked.out).to.match(/Not there, though the store says that they stand:\n.*\n.* i1 /)
      const { code, out, err } = await run('recover --yes')
      expect([code, err]).to.deep.equal([0, ''])
      expect(out).to.match(/The broker works again\. The link \d+ of the audit tells of the break\.\n$/)
      const later = await provision('later')
      expect(later.status, later.text).to.equal(201)
      const verdict = await run('audit verify')
      expect(verdict.code, verdict.out).to.equal(0)
      expect(verdict.out).to.include('An older store was restored')
      expect((await run('recover')).out).to.include('The broker does not recover.')
    })

    it('keeps the end of the chain in the data folder and in the sink, for its user only', async () => {
      expect(await broker.stop()).to.equal(0)
      for (const file of ['audit.checkpoint', 'sink.json']) {
        const path = join(data, file)
        expect(statSync(path).mode & 0o777, file).to.equal(0o600)
        expect(JSON.parse(readFileSync(path, 'utf8'))).to.have.all.keys('broker', 'number', 'mac', 'at')
      }
      await broker.start()
      expect((await provision('last')).status).to.equal(201)
    })
  })
}
