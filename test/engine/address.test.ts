import { expect } from 'chai'
import type { Access, ObjectStorageAccess, RedisAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Family } from '../../src/contract/family.ts'
import type { Binding } from '../../src/domain/binding.ts'
import { answerTo } from '../../src/engine/kinds/bind.ts'
import { family as mysql } from '../../src/families/mysql/index.ts'
import { family as objectStorage } from '../../src/families/object-storage/index.ts'
import { family as postgresql } from '../../src/families/postgresql/index.ts'
import { family as redis } from '../../src/families/redis/index.ts'

const LOGIN = { name: 'b', password: 'p' }
const BINDING = { view: 'cloudfoundry', parameters: {} } as unknown as Binding

const way = { user: 'root', password: 'secret', database: 'd', tls: { ca: 'PEM' } } as const

function told(family: Family<never>, access: object): string {
  try {
    answerTo(BINDING, LOGIN, family, access as Access)
    return 'handed out'
  } catch (error) {
    return error instanceof ProviderFailure ? error.kind : String(error)
  }
}

/** A login that a driver makes is handed out without anybody of ours connecting first. */
describe('The address that a provider tells for an application', () => {
  for (const family of [mysql, postgresql, redis]) {
    const server = (more: Partial<RedisAccess>) =>
      told(family, {
        kind: family.name,
        host: 'db.example.org',
        port: 3306,
        network: 'public',
        ...way,
        ...more
      })

    it(`is a host and a port and nothing more in the URIs of ${family.name}`, () => {
      for (const host of ['db.example.org', 'db_1', 'größe.example', '8.8.8.8', '2a01:4f8::1']) {
        expect(server({ host }), host).to.equal('handed out')
      }
      for (const host of [
        '',
        'evil.example/d?allowLoadLocalInfile=true&x=',
        'evil.example/d?autoDeserialize=true#',
        'other@evil.example',
        'evil.example:1',
        'one.example,evil.example',
        '(host=evil.example)',
        'evil.example\n',
        'evil%2eexample',
        `${'a'.repeat(300)}.example`
      ]) {
        expect(server({ host }), host).to.equal('unexpected')
      }
      for (const port of [0, -1, 1.5, 65_536, Number.NaN])
        expect(server({ port }), `${port}`).to.equal('unexpected')
    })

    it(`of ${family.name} is on the open internet, unless the settings say otherwise`, () => {
      for (const host of [
        '127.0.0.1',
        '169.254.169.254',
        '10.0.0.1',
        '::1',
        '::ffff:127.0.0.1',
        'fe80::1%eth0'
      ]) {
        expect(server({ host }), host).to.equal('unexpected')
        expect(server({ host, network: 'private' }), host).to.equal('handed out')
      }
      for (const host of ['localhost', 'LOCALHOST.', 'db.localhost', '127.1', '2130706433', '0x7f000001']) {
        expect(server({ host }), host).to.equal('unexpected')
      }
    })
  }

  it('of a bucket is held to the same', () => {
    const bucket = (more: Partial<ObjectStorageAccess>) =>
      told(objectStorage, {
        kind: 'object-storage',
        endpoint: 'https://s3.example.org',
        region: 'r',
        bucket: 'b',
        accessKeyId: 'k',
        secretAccessKey: 's',
        network: 'public',
        ...more
      })
    expect(bucket({})).to.equal('handed out')
    expect(bucket({ endpoint: 'https://[2a01:4f8::1]:9000' })).to.equal('handed out')
    for (const endpoint of ['https://127.0.0.1', 'https://[::1]:1', 'http://169.254.169.254']) {
      expect(bucket({ endpoint }), endpoint).to.equal('unexpected')
      expect(bucket({ endpoint, network: 'private' }), endpoint).to.equal('handed out')
    }
  })
})
