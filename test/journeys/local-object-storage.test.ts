import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { accountSecretOf } from '../../src/local/ceph-keys.ts'
import { STORE_SERVERS } from '../../src/local/extra-settings.ts'
import { NEEDED } from '../../src/local/found-programs.ts'
import { processesIn } from '../../src/local/processes.ts'
import { readRecord } from '../../src/local/record.ts'
import {
  type BrokerProcess,
  brokerProcess,
  dataFolder,
  loginIn,
  removeBrokers
} from '../support/broker-process.ts'
import { boundBucket, succeeds } from '../support/buckets.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { need } from '../support/need.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { type Ordered, ordered } from './ordered.ts'

const SERVERS = Object.values(STORE_SERVERS)

describe('Object storage of berlin and paris, as a user gets it who asked for it', function () {
  this.timeout(120_000)
  let data: string
  let broker: BrokerProcess
  let client: OsbClient
  let at: Desk
  let berlin: Ordered
  let paris: Ordered

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    for (const program of NEEDED['object-storage'].programs) need(program)
    at = desk()
    data = dataFolder()
    broker = await brokerProcess({ data, settings: { local: { objectStorage: true } } })
    await broker.start()
    client = osbClient(broker.url, loginIn(data))
  })

  after(async () => {
    await removeBrokers()
    at.remove()
  })

  const folderOf = (server: string) => join(data, 'local', server)
  const pids = () => SERVERS.map((each) => processesIn(folderOf(each))[0])
  const run = async (...words: readonly string[]) => {
    const env = {
      PORTOLAN_DATA: data,
      PORTOLAN_CONFIG: join(data, 'portolan.yaml'),
      PORT: String(broker.port)
    }
    const { out, err } = await at.run([...words, '--json'], env)
    expect(out, err).not.to.equal('')
    return JSON.parse(out)
  }

  it('the start says so, and starts none of it', () => {
    expect(broker.lines.join('\n')).to.match(/berlin and paris offer PostgreSQL,.* and object storage/)
    expect(pids()).to.deep.equal([undefined, undefined, undefined])
  })

  it('the first order starts it; both have buckets, and neither the other’s', async () => {
    berlin = await ordered(client, 'object-storage', 'berlin-bucket')
    expect(pids()).not.to.include(undefined)
    expect(broker.lines.join('\n')).to.include('the object storage of berlin and paris is ready')
    paris = await ordered(client, 'object-storage', 'paris-bucket')
    await boundBucket(berlin.credentials).put('kept', 'of berlin')
    await boundBucket(paris.credentials).put('kept', 'of paris')
    expect(await boundBucket(berlin.credentials).get('kept')).to.equal('of berlin')
    const thief = { ...berlin.credentials, bucket: paris.credentials['bucket'] ?? '' }
    expect(await succeeds(boundBucket(thief).get('kept'))).to.equal(false)
    const resources = await Promise.all(
      [berlin, paris].map(async ({ id }) => (await run('instances', 'show', id))['resources'][0])
    )
    expect(resources.map(({ provider }) => provider)).to.deep.equal(['berlin', 'paris'])
  })

  it('its servers know no secret on their command line, in their environment or log, and are not root’s', () => {
    const { password = '' } = readRecord(data)?.servers[STORE_SERVERS.gateway] ?? {}
    const secrets = [password, ...['berlin', 'paris'].map((name) => accountSecretOf(password, name))]
    const keyrings = SERVERS.map((each) => readFileSync(join(folderOf(each), 'keyring'), 'utf8'))
    const keys = keyrings.flatMap((text) => [...text.matchAll(/key = (\S+)/g)].map(([, key = '']) => key))
    expect(keys).to.have.length.greaterThan(2)
    for (const [index, server] of SERVERS.entries()) {
      const pid = pids()[index]
      const texts = ['cmdline', 'environ'].map((each) => readFileSync(`/proc/${pid}/${each}`, 'utf8'))
      const told = [...texts, readFileSync(`${folderOf(server)}.log`, 'utf8')].join()
      for (const secret of [...secrets, ...keys]) expect(told).not.to.include(secret)
      if (process.getuid?.() === 0) expect(statSync(`/proc/${pid}`).uid).not.to.equal(0)
      expect(statSync(folderOf(server)).mode & 0o777).to.equal(0o700)
      expect(statSync(join(folderOf(server), 'keyring')).mode & 0o777).to.equal(0o600)
    }
  })

  it('its servers listen on loopback only', () => {
    const own = pids().flatMap((pid) => listeningOf(pid ?? 0))
    expect(own).to.have.length.greaterThan(2)
    for (const address of own) expect(address).to.match(/^(0100007F|00000000000000000000000001000000):/)
  })

  it('is adopted after the broker was killed, with what it holds', async () => {
    const before = pids()
    await broker.kill()
    await broker.start()
    expect(pids()).to.deep.equal(before)
    expect(await boundBucket(berlin.credentials).get('kept')).to.equal('of berlin')
  })

  it('ends when portolan.yaml asks for it no more, and keeps everything for the day it does again', async () => {
    const ask = (local: JsonObject | true) =>
      writeFileSync(join(data, 'portolan.yaml'), JSON.stringify({ local }), { mode: 0o600 })
    await broker.kill()
    ask(true)
    await broker.start()
    expect(pids()).to.deep.equal([undefined, undefined, undefined])
    const said = broker.lines.join('\n')
    expect(said).to.include('The object storage of berlin and paris keeps what it holds and does not run')
    expect(said).to.include('To have object storage there too, write local: { objectStorage: true }')
    await broker.stop()
    ask({ objectStorage: true })
    await broker.start()
    expect(pids()).not.to.include(undefined)
    expect(await boundBucket(berlin.credentials).get('kept')).to.equal('of berlin')
  })

  it('neither doctor nor drift finds anything wrong', async () => {
    const { findings } = await run('doctor', '--live')
    const about = (text: string) => findings.filter((each: object) => JSON.stringify(each).includes(text))
    expect(findings.filter(({ level }: { level: string }) => level === 'refused')).to.deep.equal([])
    expect(about('A key is made for every binding.')).to.have.length(2)
    const drift = await run('drift')
    for (const kind of ['orphans', 'leftovers', 'missing', 'differing', 'broken'])
      expect(drift[kind], kind).to.deep.equal([])
  })

  it('an unbind takes the key back, and nothing is left of an instance', async () => {
    const [bucket, neighbour] = [boundBucket(berlin.credentials), boundBucket(paris.credentials)]
    await berlin.unbind()
    expect(await succeeds(bucket.get('kept'))).to.equal(false)
    await berlin.end()
    expect(await neighbour.get('kept')).to.equal('of paris')
    await paris.end()
  })

  it('ends with the broker', async () => {
    expect(await broker.stop()).to.equal(0)
    expect(pids()).to.deep.equal([undefined, undefined, undefined])
  })
})

/** Hexadecimal, as the kernel tells them. */
function listeningOf(pid: number): readonly string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map(
      (each) => /\d+/.exec(readlinkSync(`/proc/${pid}/fd/${each}`))?.[0] ?? ''
    )
  )
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
      .map((fields) => fields[1] ?? '')
  )
}
