import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { numberAt, textAt } from '../../src/contract/read.ts'
import { processesIn } from '../../src/local/processes.ts'
import { redisPort } from '../../src/transport/redis.ts'
import {
  type BrokerProcess,
  brokerProcess,
  dataFolder,
  loginIn,
  removeBrokers
} from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { withMysql } from '../support/mysql-server.ts'
import { need } from '../support/need.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { desk } from '../support/portolan.ts'
import { ordered } from './ordered.ts'

const redis = redisPort(new AbortController())

describe('MySQL and Redis of berlin, as a user gets them who configured nothing', function () {
  this.timeout(120_000)
  let data: string
  let broker: BrokerProcess
  let client: OsbClient

  before(async function () {
    this.timeout(BUILT_WITHIN_MS)
    need('mariadbd')
    need('redis-server')
    data = dataFolder()
    broker = await brokerProcess({ data })
    await broker.start()
    client = osbClient(broker.url, loginIn(data))
  })

  after(() => removeBrokers())

  it('the start says what is offered, and starts none of it', () => {
    expect(broker.lines.join('\n')).to.include('berlin and paris offer PostgreSQL, MySQL, and Redis')
    expect(running('berlin-mysql')).to.equal(false)
  })

  it('MySQL: a database, written and read by its binding over a restart, and gone', async () => {
    const life = await ordered(client, 'mysql', 'berlin-small')
    expect([running('berlin-mysql'), running('paris-mysql')]).to.deep.equal([true, false])
    const who = {
      host: textAt(life.credentials, 'host'),
      port: numberAt(life.credentials, 'port'),
      user: textAt(life.credentials, 'user'),
      password: textAt(life.credentials, 'password'),
      database: textAt(life.credentials, 'database')
    }
    await withMysql(who, (own) => own.query('CREATE TABLE kept AS SELECT 41 + 1 AS answer'))
    expect(await broker.stop()).to.equal(0)
    expect(running('berlin-mysql')).to.equal(false)
    await broker.start()
    const [rows] = await withMysql(who, (own) => own.query('SELECT answer FROM kept'))
    expect(rows).to.deep.equal([{ answer: 42 }])
    await life.end()
    const refusal = await withMysql(who, async () => 'came in').catch((error: Error) => error.message)
    expect(refusal).to.match(/denied/)
  })

  it('Redis: a server, written and read by its binding after the broker was killed, and gone', async () => {
    const life = await ordered(client, 'redis', 'berlin-small')
    const access = {
      kind: 'redis',
      host: textAt(life.credentials, 'host'),
      port: numberAt(life.credentials, 'port'),
      user: textAt(life.credentials, 'username'),
      password: textAt(life.credentials, 'password'),
      network: 'private'
    } as const
    const ask = (...words: readonly string[]) => redis(access, (session) => session.command(...words))
    expect(await ask('SET', 'kept', 'yes')).to.equal('OK')
    await broker.kill()
    expect(await ask('GET', 'kept')).to.equal('yes')
    await broker.start()
    expect(await ask('GET', 'kept')).to.equal('yes')
    await life.end()
    const refusal = await ask('PING').catch((error: Error) => error.message)
    expect(refusal).to.match(/WRONGPASS/)
  })

  it('portolan doctor finds nothing wrong with them, with and without the broker', async () => {
    const at = desk()
    for (const words of [['doctor'], ['doctor', '--live']]) {
      const { out } = await at.run([...words, '--json'], { PORTOLAN_DATA: data, PORT: '0' })
      const { findings } = JSON.parse(out) as { findings: readonly JsonObject[] }
      expect(findings.filter(({ level }) => level === 'refused')).to.deep.equal([])
      expect(JSON.stringify(findings)).to.include('MariaDB 10').and.include('Redis 7')
    }
    expect([running('paris-mysql'), running('paris-redis-1')]).to.deep.equal([false, false])
    at.remove()
  })

  const running = (server: string) => processesIn(join(data, 'local', server)).length > 0
})
