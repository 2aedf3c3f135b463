import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../../src/contract/access.ts'
import type { Moving } from '../../../../src/contract/move.ts'
import type { Workspace } from '../../../../src/contract/ports.ts'
import { clientEnvironment } from '../../../../src/families/postgresql/move/client-environment.ts'
import { stepLogin } from '../../../../src/families/postgresql/move/step-login.ts'

const TOOL = { program: '/usr/bin/pg_dump', version: '15.18' }

function movingFrom(more: Partial<PostgresqlAccess>): Moving<PostgresqlAccess> {
  const access: PostgresqlAccess = {
    kind: 'postgresql',
    host: 'db.example.eu',
    port: 5433,
    database: 'p1',
    user: 'root',
    password: 'of root',
    network: 'public',
    ...more
  }
  const side = { access, names: { resource: 'p1', mark: { broker: 'b', resource: 'r', generation: 1 } } }
  const attempt = { operation: 'o', number: 1, secret: (label: string) => `secret of ${label}` }
  return { from: side, to: side, logins: [], attempt, told: () => undefined }
}

function workspace(files: Record<string, string>): Workspace {
  return {
    folder: '/work',
    async write(name, text) {
      files[name] = text
      return `/attempt/${name}`
    },
    remove: () => Promise.resolve(),
    freeBytes: () => Promise.resolve(0),
    run: () => Promise.reject(new Error('runs nothing'))
  }
}

async function environmentFor(more: Partial<PostgresqlAccess>, tool = TOOL) {
  const files: Record<string, string> = {}
  const moving = movingFrom(more)
  return { environment: await clientEnvironment(moving, 'from', workspace(files), tool), files, moving }
}

describe('the environment of the PostgreSQL tools', () => {
  it('logs in as the throwaway login, with a password from a file', async () => {
    const { environment, files, moving } = await environmentFor({})
    const { name, password } = stepLogin(moving, 'from')
    expect(environment).to.include({
      PGUSER: name,
      PGDATABASE: 'p1',
      PGPORT: '5433',
      PGPASSFILE: '/attempt/login-from'
    })
    expect(files['login-from']).to.equal(`*:*:*:${name}:${password}\n`)
    expect(JSON.stringify(environment)).to.not.include(password).and.not.include('of root')
  })

  it('trusts the certificate that the server was configured with, and no other', async () => {
    const { environment, files } = await environmentFor({ tls: { ca: 'a certificate' } })
    expect(environment).to.include({
      PGHOST: 'db.example.eu',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/attempt/ca-from'
    })
    expect(files['ca-from']).to.equal('a certificate')
  })

  it('trusts what the machine trusts where nothing was configured', async () => {
    const debian = '/etc/ssl/certs/ca-certificates.crt'
    expect((await environmentFor({ tls: {} })).environment).to.include({ PGSSLROOTCERT: debian })
    const newer = await environmentFor({ tls: {} }, { ...TOOL, version: '16.14' })
    expect(newer.environment).to.include({ PGSSLROOTCERT: 'system', PGSSLMODE: 'verify-full' })
  })

  it('goes to the address, and demands the other name of the certificate', async () => {
    const { environment } = await environmentFor({ host: '192.0.2.1', tls: { servername: 'db.internal' } })
    expect(environment).to.include({
      PGHOST: 'db.internal',
      PGHOSTADDR: '192.0.2.1',
      PGSSLMODE: 'verify-full'
    })
  })

  it('refuses a second name that libpq could not check', async () => {
    const failure = await environmentFor({ tls: { servername: 'db.internal' } }).catch(
      (error: unknown) => error
    )
    expect(String(failure)).to.include('give its address instead')
  })
})
