import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Finding } from '../../src/contract/adapter.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { REDIS_ROOT_RIGHTS } from '../../src/local/redis.ts'
import { redisServer, type TestRedis } from '../../test/support/redis-server.ts'
import { redisCall, serverSettings } from '../../test/support/redis-tenant.ts'
import { adapter } from './index.ts'

const call = redisCall()

describe('portolan doctor on a Redis server', function () {
  this.timeout(30_000)
  let server: TestRedis

  before(async () => {
    server = await redisServer('one')
    await server.ask('CONFIG', 'SET', 'maxmemory', '64mb')
  })

  const inspect = async (more: JsonObject = {}): Promise<readonly Finding[]> =>
    (await adapter.open({ servers: [serverSettings(server, more)] }).inspect?.(call)) ?? []
  const refusals = async (more: JsonObject = {}) =>
    (await inspect(more)).filter((finding) => finding.level === 'refused').map((finding) => finding.text)

  it('finds nothing to refuse on one that is set up as the README says, alone or shared', async () => {
    expect(await refusals()).to.deep.equal([])
    expect(await refusals({ shared: true })).to.deep.equal([])
    const texts = (await inspect()).map((finding) => finding.text)
    expect(texts[0]).to.match(/^(Redis|Valkey) \d/)
    expect(texts).to.include('It is free.')
  })

  it('is told the rights that the README tells', () => {
    expect(readFileSync('adapters/redis-server/README.md', 'utf8')).to.contain(
      `user portolan on >PASSWORD ${REDIS_ROOT_RIGHTS}`
    )
  })

  const holes: Readonly<Record<string, readonly [readonly string[], readonly string[], RegExp]>> = {
    'the user default is open': [
      ['ACL', 'SETUSER', 'default', 'on', 'nopass'],
      ['ACL', 'SETUSER', 'default', 'reset'],
      /Everybody may do everything/
    ],
    'a tenant can end it with data that is none': [
      ['CONFIG', 'SET', 'sanitize-dump-payload', 'no'],
      ['CONFIG', 'SET', 'sanitize-dump-payload', 'clients'],
      /RESTORE/
    ],
    'the broker lacks a right': [
      ['ACL', 'SETUSER', 'portolan', '-flushall'],
      ['ACL', 'SETUSER', 'portolan', '+flushall'],
      /may not run.*: FLUSHALL\./
    ]
  }
  for (const [hole, [make, mend, text]] of Object.entries(holes)) {
    it(`refuses it while ${hole}`, async () => {
      await server.ask(...make)
      const [found] = await refusals()
      await server.ask(...mend)
      expect(found).to.match(text)
      expect(await refusals()).to.deep.equal([])
    })
  }

  it('refuses one without an aclfile, and one that renamed a command', async () => {
    server = await redisServer('careless', ['--aclfile', '', '--rename-command', 'FLUSHALL', 'x'])
    try {
      const found = await refusals({ user: 'default', password: 'x' })
      expect(found.join()).to.match(/no aclfile/)
      expect(found.join()).to.match(/does not have: FLUSHALL/)
    } finally {
      server = await redisServer('one')
    }
  })

  it('refuses a shared one that drops keys, and warns of one without limit', async () => {
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '0')
    const [alone, shared] = [await inspect(), await refusals({ shared: true })]
    await server.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '64mb')
    expect(shared.join()).to.match(/allkeys-lru/)
    const warnings = alone.filter((finding) => finding.level === 'warning').map((finding) => finding.text)
    expect(warnings.join()).to.match(/allkeys-lru.*no limit.*Data is kept nowhere/)
  })

  it('refuses one it cannot enter, and says nothing of the password', async () => {
    const findings = await inspect({ password: 'Very-Wrong-1' })
    expect(findings.map((each) => each.level)).to.deep.equal(['refused'])
    expect(JSON.stringify(findings)).not.to.contain('Very-Wrong-1')
  })
})
