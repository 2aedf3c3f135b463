import { expect } from 'chai'
import type { ObjectStorageAccess } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { arrayAt, textAt } from '../../src/contract/read.ts'
import type { Bucket } from '../../src/contract/s3.ts'
import { S3Code } from '../../src/contract/s3.ts'
import { freshName } from '../../test/conformance/fresh.ts'
import { bucketAt } from '../../test/support/buckets.ts'
import { fixture } from '../../test/support/provider-mock.ts'
import { asking } from './fake/ask.ts'
import { sharedFakeWithStore } from './fake/bucket-bench.ts'
import type { FakeScaleway } from './fake/start-fake.ts'

const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const BROKER = '33333333-3333-4333-8333-333333333333'

/** `done`, or the code that the endpoint told. */
async function code(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'done'
  } catch (error) {
    const cause = error instanceof ProviderFailure ? error.cause : undefined
    return cause instanceof S3Code ? cause.code : String(error)
  }
}

describe('the fake of Scaleway’s IAM and buckets', function () {
  this.timeout(60_000)
  let fake: FakeScaleway
  let organization = ''
  let project = ''

  before(async function () {
    this.timeout(180_000)
    fake = await sharedFakeWithStore()
    organization = textAt(fake.settings['objectStorage'] as JsonObject, 'organizationId')
    project = textAt(fake.settings, 'projectId')
  })
  beforeEach(() => fake.reset())

  const ask = asking(() => fake, '/iam/v1alpha1')
  const wanted = (change: JsonObject = {}): JsonObject => ({
    name: 'one',
    organization_id: organization,
    ...change
  })
  const listed = (path: string) =>
    ask('GET', `${path}${path.includes('?') ? '&' : '?'}organization_id=${organization}`)

  async function application(change: JsonObject = {}): Promise<string> {
    return textAt((await ask('POST', '/applications', wanted(change))).body, 'id')
  }

  const rights = (id: string, ...sets: readonly string[]) =>
    wanted({ application_id: id, rules: [{ permission_set_names: sets, project_ids: [project] }] })

  const keyFor = (id: string) => ask('POST', '/api-keys', { application_id: id, default_project_id: project })

  /** A bucket as a new application with these permission sets sees it. */
  async function seenBy(name: string, ...sets: readonly string[]): Promise<Bucket & { readonly id: string }> {
    const id = await application()
    if (sets.length > 0) await ask('POST', '/policies', rights(id, ...sets))
    const { body } = await keyFor(id)
    const key = { accessKeyId: textAt(body, 'access_key'), secretAccessKey: textAt(body, 'secret_key') }
    return { ...bucketAt(accessWith(name, key)), id }
  }

  function accessWith(bucket: string, change: Partial<ObjectStorageAccess> = {}): ObjectStorageAccess {
    const { endpoint, accessKey } = fake.settings['objectStorage'] as { endpoint: string; accessKey: string }
    return {
      kind: 'object-storage',
      endpoint,
      region: 'fr-par',
      bucket,
      accessKeyId: accessKey,
      secretAccessKey: textAt(fake.settings, 'secretKey'),
      network: 'private',
      pathStyle: true,
      ...change
    }
  }

  const allow = (bucket: string, principal: string, change: JsonObject = {}): JsonObject => ({
    Version: '2023-04-17',
    Statement: [
      {
        Sid: 'one',
        Effect: 'Allow',
        Principal: { SCW: principal },
        Action: ['s3:*'],
        Resource: [bucket, `${bucket}/*`],
        ...change
      }
    ]
  })

  describe('IAM', () => {
    it('answers in the shapes that are known', async () => {
      const { body: made } = await ask('POST', '/applications', wanted())
      const { body: policy } = await ask(
        'POST',
        '/policies',
        rights(textAt(made, 'id'), 'ObjectStorageObjectsRead')
      )
      const { body: key } = await keyFor(textAt(made, 'id'))
      for (const [body, name] of [
        [made, 'iam-application-create'],
        [policy, 'iam-policy-create'],
        [key, 'iam-api-key-create']
      ] as const) {
        const known = fixture(import.meta.url, `fixtures/${name}.json`) as JsonObject
        expect(Object.keys(body), name).to.have.members(Object.keys(known))
      }
    })

    it('tells a secret once', async () => {
      const { body } = await keyFor(await application())
      expect(body['secret_key']).to.match(/^[0-9a-f-]{36}$/)
      const later = await ask('GET', `/api-keys/${textAt(body, 'access_key')}`)
      expect(later.body).to.deep.include({ secret_key: null, access_key: body['access_key'] })
    })

    it('refuses what Scaleway refuses, and names it', async () => {
      const id = await application()
      const cases: readonly (readonly [string, JsonObject, string])[] = [
        ['/applications', { name: 'one' }, 'organization_id'],
        ['/applications', wanted({ name: 'a/b' }), 'name'],
        ['/applications', wanted({ name: 'x'.repeat(65) }), 'name'],
        ['/applications', wanted({ tags: ['a:b'] }), 'tags'],
        ['/applications', wanted({ tags: Array.from({ length: 11 }, () => 'a') }), 'tags'],
        ['/applications', wanted({ description: 'x'.repeat(201) }), 'description'],
        ['/applications', wanted({ project_id: project }), 'project_id'],
        ['/policies', rights(id, 'ObjectStorageEverything'), 'rules'],
        ['/policies', rights(id), 'permission_set_names'],
        ['/policies', wanted({ application_id: id }), 'rules'],
        ['/api-keys', { default_project_id: project }, 'application_id'],
        ['/api-keys', { application_id: id, default_project_id: project, name: 'x' }, 'name']
      ]
      for (const [path, body, argument] of cases) {
        const told = await ask('POST', path, body)
        expect([told.status, told.body['type']], JSON.stringify(body)).to.deep.equal([
          400,
          'invalid_arguments'
        ])
        expect(JSON.stringify(told.body['details'])).to.contain(`"${argument}"`)
      }
    })

    it('knows one organisation, its project and what is in it', async () => {
      const id = await application()
      const stranger = { name: 'one', organization_id: UNKNOWN }
      expect((await ask('POST', '/applications', stranger)).body['type']).to.equal('permissions_denied')
      expect((await ask('GET', `/applications?organization_id=${UNKNOWN}`)).status).to.equal(403)
      const elsewhere = await ask('POST', '/api-keys', { application_id: id, default_project_id: UNKNOWN })
      expect(elsewhere.status).to.equal(403)
      for (const path of ['/applications', '/policies', '/api-keys']) {
        expect((await ask('GET', `${path}/${UNKNOWN}`)).body['type']).to.equal('not_found')
        expect((await ask('DELETE', `${path}/${UNKNOWN}`)).status).to.equal(404)
      }
      expect((await ask('GET', '/groups')).status).to.equal(404)
      expect((await listed('/policies?application_id=x')).body['type']).to.equal('invalid_arguments')
    })

    it('finds parts of names and of tags', async () => {
      await application({ name: 'one', tags: ['a=1'] })
      await application({ name: 'one more', tags: ['a=12'] })
      for (const path of ['/applications?name=one', '/applications?tag=a%3D1']) {
        expect((await listed(path)).body['total_count']).to.equal(2)
      }
      const page = await listed('/applications?page=2&page_size=2')
      expect([arrayAt(page.body, 'applications').length, page.body['total_count']]).to.deep.equal([1, 3])
    })

    it('removes an application with its keys, and leaves its policies to nobody', async () => {
      const id = await application()
      await ask('POST', '/policies', rights(id, 'ObjectStorageObjectsRead'))
      await keyFor(id)
      expect((await ask('DELETE', `/applications/${id}`)).status).to.equal(204)
      const { applications, apiKeys, policies } = await fake.state()
      expect([applications, apiKeys]).to.deep.equal([[], []])
      expect(policies.map((each) => each.application)).to.deep.equal([null])
    })

    it('shows new things late, and knows new applications late, when the scene says so', async () => {
      await fake.setScene({ hiddenSeconds: 10, strangers: 1, iamQuota: 2 })
      const id = await application()
      expect((await listed('/applications')).body['total_count']).to.equal(1)
      expect((await keyFor(id)).body).to.deep.include({ type: 'not_found', resource: 'application' })
      expect((await keyFor(id)).status).to.equal(200)
      await fake.advance(10)
      expect((await listed('/applications')).body['total_count']).to.equal(2)
      await application()
      const over = await ask('POST', '/applications', wanted())
      expect(over.body).to.deep.include({ type: 'quotas_exceeded' })
    })
  })

  describe('buckets', () => {
    it('are open to every key with rights over the project, until they have a policy', async () => {
      const name = freshName('p')
      const owner = bucketAt(accessWith(name))
      await owner.create()
      const [one, other] = [
        await seenBy(name, 'ObjectStorageObjectsRead', 'ObjectStorageObjectsWrite'),
        await seenBy(name, 'ObjectStorageObjectsRead')
      ]
      expect(await code(one.put('key', 'value'))).to.equal('done')
      expect(await code(other.get('key'))).to.equal('done')
      expect(await code(other.put('key', 'value'))).to.equal('AccessDenied')
      expect(await code((await seenBy(name)).get('key'))).to.equal('AccessDenied')
      await fake.setBucketPolicy(name, allow(name, `application_id:${one.id}`))
      expect(await code(one.get('key'))).to.equal('done')
      for (const each of [other, owner]) expect(await code(each.get('key'))).to.equal('AccessDenied')
      expect(await code(owner.policy())).to.equal('done')
      expect(await code(owner.setPolicy(allow(name, `application_id:${BROKER}`)))).to.equal('AccessDenied')
    })

    it('give by their policy what IAM gives too, and no more', async () => {
      const name = freshName('p')
      const owner = bucketAt(accessWith(name))
      await owner.create()
      const one = await seenBy(name, 'ObjectStorageObjectsRead')
      await fake.setBucketPolicy(name, allow(name, `application_id:${one.id}`))
      expect(await code(one.versions())).to.equal('done')
      const refused = [one.put('a', 'b'), one.setVersioning('on'), one.accountBuckets(), one.head()]
      for (const answer of await Promise.all(refused.map(code))) {
        expect(['AccessDenied', 'HTTP 403']).to.include(answer)
      }
      await fake.setBucketPolicy(name, allow(name, '*', { Action: 's3:GetObject', Resource: `${name}/a*` }))
      expect(await code(one.get('abc'))).to.equal('NoSuchKey')
      expect(await code(one.get('b'))).to.equal('AccessDenied')
      expect(await code(one.versions())).to.equal('AccessDenied')
    })

    it('refuse policies that Scaleway refuses', async () => {
      const name = freshName('p')
      const owner = bucketAt(accessWith(name))
      await owner.create()
      const who = `application_id:${BROKER}`
      for (const policy of [
        { ...allow(name, who), Version: '2012-10-17' },
        allow(name, who, { Action: ['s3:HeadObject'] }),
        allow(name, who, { Action: ['s3:PutBucketPolicy'] }),
        allow(name, who, { Resource: [`arn:aws:s3:::${name}`] }),
        allow(name, who, { Resource: ['another'] }),
        allow(name, 'application_id:somebody'),
        allow(name, who, { Effect: 'Deny' })
      ]) {
        expect(await code(owner.setPolicy(policy)), JSON.stringify(policy)).to.equal('MalformedPolicy')
      }
      expect(await code(owner.setPolicy(allow(name, who)))).to.equal('done')
      expect(await owner.policy()).to.deep.equal(allow(name, who))
    })

    it('have one region, one name in the world, and a quota', async () => {
      const [name, taken] = [freshName('p'), freshName('p')]
      const owner = bucketAt(accessWith(name))
      await owner.create()
      await fake.addForeignBucket(taken)
      expect(await code(owner.create())).to.equal('BucketAlreadyOwnedByYou')
      const foreign = bucketAt(accessWith(taken))
      expect(await code(foreign.create())).to.equal('BucketAlreadyExists')
      expect(await code(foreign.tags())).to.equal('AccessDenied')
      expect(await owner.accountBuckets()).to.deep.equal([name])
      const elsewhere = bucketAt(accessWith(name, { region: 'nl-ams' }))
      expect(await elsewhere.accountBuckets()).to.deep.equal([])
      expect(await code(elsewhere.tags())).to.equal('NoSuchBucket')
      await fake.setScene({ quota: 1 })
      expect(await code(bucketAt(accessWith(freshName('p'))).create())).to.equal('TooManyBuckets')
    })

    it('look at signatures, at keys, and at the project that a key is used for', async () => {
      const name = freshName('p')
      await bucketAt(accessWith(name)).create()
      const wrong = bucketAt(accessWith(name, { secretAccessKey: 'wrong' }))
      expect(await code(wrong.tags())).to.equal('SignatureDoesNotMatch')
      const nobody = bucketAt(accessWith(name, { accessKeyId: 'SCW00000000000000000' }))
      expect(await code(nobody.tags())).to.equal('InvalidAccessKeyId')
      const { accessKeyId } = accessWith(name)
      const named = (id: string) => bucketAt(accessWith(name, { accessKeyId: `${accessKeyId}@${id}` }))
      expect(await code(named(project).tags())).to.equal('done')
      expect(await code(named(UNKNOWN).tags())).to.equal('AccessDenied')
      const { endpoint } = accessWith(name)
      expect((await fetch(`${endpoint}/${name}`)).status).to.equal(403)
    })

    it('are gone after a reset, with all that is in them', async () => {
      const name = freshName('p')
      const owner = bucketAt(accessWith(name))
      await owner.create()
      await owner.put('key', 'value')
      await fake.reset()
      expect((await fake.state()).buckets).to.deep.equal([])
      await owner.create()
      expect(await owner.versions()).to.deep.equal([])
    })
  })
})
