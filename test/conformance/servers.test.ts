import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { APPLICATIONS } from './application.ts'
import { realPorts } from './ports.ts'
import { startServer } from './servers.ts'

describe('What the kit lends to a fake of an adapter from outside', function () {
  this.timeout(60_000)

  it('a real server whose owner may make databases and administrators, and an application that is refused where it is, and thrown out where it is', async () => {
    const root = await startServer('postgresql')
    const { host, port } = root
    const credentials = { host, port, database: 'postgres', username: 'lent_to_fake', password: 'aA1-lent' }
    const run = (sql: string) => realPorts().postgresql(root, (session) => session.query(sql))
    expect(await APPLICATIONS.postgresql.reads(credentials)).to.equal(false)
    await run("CREATE ROLE lent_to_fake LOGIN PASSWORD 'aA1-lent'")
    try {
      await run('GRANT CONNECT ON DATABASE postgres TO lent_to_fake')
      expect(await APPLICATIONS.postgresql.reads(credentials)).to.equal(true)
      expect(await APPLICATIONS.postgresql.writes(credentials)).to.equal(false)
      const session = await APPLICATIONS.postgresql.stays(credentials)
      expect(await session.isOpen()).to.equal(true)
      await run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lent_to_fake'")
      expect(await session.isOpen()).to.equal(false)
      await session.close()
    } finally {
      await run('DROP OWNED BY lent_to_fake')
      await run('DROP ROLE lent_to_fake')
    }
  })

  it('a radosgw whose admin makes accounts, and an application that reads though it may not see versions', async function () {
    this.timeout(180_000)
    const root = await startServer('object-storage')
    const { endpoint, region, accessKeyId, secretAccessKey } = root
    const sign = { service: 's3', region, accessKeyId, secretAccessKey }
    const { http, s3 } = realPorts()
    const account = async (uid: string) => {
      const url = new URL(`${endpoint}/admin/user?uid=${uid}&display-name=${uid}&format=json`)
      const { body } = await http.send({ method: 'PUT', url, sign })
      const [key] = (body as { keys: { access_key: string; secret_key: string }[] }).keys
      return { access_key_id: key?.access_key ?? '', secret_access_key: key?.secret_key ?? '' }
    }
    const bucket = `lent-${randomUUID()}`
    const reader = { endpoint, region, bucket, path_style: true, ...(await account(`${bucket}-reader`)) }
    const owned = s3({ ...root, bucket })
    await owned.create()
    expect(await APPLICATIONS['object-storage'].reads(reader)).to.equal(false)
    await owned.setPolicy({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: [`arn:aws:iam:::user/${bucket}-reader`] },
          Action: ['s3:ListBucket'],
          Resource: [`arn:aws:s3:::${bucket}`]
        }
      ]
    })
    expect(await APPLICATIONS['object-storage'].reads(reader)).to.equal(true)
    expect(await APPLICATIONS['object-storage'].writes(reader)).to.equal(false)
  })
})
