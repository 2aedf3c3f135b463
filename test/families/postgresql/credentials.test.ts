import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import { family } from '../../../src/families/postgresql/index.ts'
import {
  CLOUD,
  hasSqlParameters,
  LOCAL,
  LOGIN,
  tellsSqlCredentials
} from '../../support/sql-credentials-suite.ts'

const local: PostgresqlAccess = { kind: 'postgresql', ...LOCAL, port: 5433 }
const cloud: PostgresqlAccess = { ...local, ...CLOUD, port: 5432 }

describe('credentials of the family postgresql', () => {
  tellsSqlCredentials({
    family,
    local,
    cloud,
    told: {
      uri: 'postgresql://babcdefghijklmnopqrst:A1-bc_d9@db.example:5432/pabc?sslmode=require',
      jdbcUrl:
        'jdbc:postgresql://db.example:5432/pabc?user=babcdefghijklmnopqrst&password=A1-bc_d9&sslmode=require',
      hostname: 'db.example',
      host: 'db.example',
      port: 5432,
      name: 'pabc',
      database: 'pabc',
      db: 'pabc',
      username: LOGIN.name,
      user: LOGIN.name,
      password: LOGIN.password,
      sslmode: 'verify-full',
      sslrootcert: 'PEM'
    },
    untold: ['url', 'hosts']
  })

  it('do without TLS only on loopback, and then say so', () => {
    const told = family.credentials(local, LOGIN, 'cloudfoundry', {})
    expect(told['sslmode']).to.equal('disable')
    expect(told['uri']).to.contain('?sslmode=disable')
    expect(told).not.to.have.property('sslrootcert')
  })

  it('demand the name in the certificate only where it is the host’s', () => {
    const renamed = { ...cloud, tls: { ca: 'PEM', servername: 'other.example' } }
    expect(family.credentials(renamed, LOGIN, 'cloudfoundry', {})['sslmode']).to.equal('verify-ca')
  })
})

describe('parameters of the family postgresql', () => hasSqlParameters(family))
