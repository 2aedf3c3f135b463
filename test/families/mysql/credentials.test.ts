import { expect } from 'chai'
import type { MysqlAccess } from '../../../src/contract/access.ts'
import { family } from '../../../src/families/mysql/index.ts'
import {
  CLOUD,
  hasSqlParameters,
  LOCAL,
  LOGIN,
  tellsSqlCredentials
} from '../../support/sql-credentials-suite.ts'

const local: MysqlAccess = { kind: 'mysql', ...LOCAL, port: 3307 }
const cloud: MysqlAccess = { ...local, ...CLOUD, port: 3306 }

describe('credentials of the family mysql', () => {
  tellsSqlCredentials({
    family,
    local,
    cloud,
    told: {
      uri: 'mysql://babcdefghijklmnopqrst:A1-bc_d9@db.example:3306/pabc?ssl_mode=REQUIRED',
      jdbcUrl:
        'jdbc:mysql://db.example:3306/pabc?user=babcdefghijklmnopqrst&password=A1-bc_d9&sslMode=REQUIRED',
      hostname: 'db.example',
      host: 'db.example',
      port: 3306,
      name: 'pabc',
      database: 'pabc',
      db: 'pabc',
      username: LOGIN.name,
      user: LOGIN.name,
      password: LOGIN.password,
      sslRootCert: 'PEM'
    },
    untold: ['url', 'hosts', 'sslmode']
  })

  it('do without TLS only on loopback, and then say so', () => {
    const told = family.credentials(local, LOGIN, 'cloudfoundry', {})
    expect(told['jdbcUrl']).to.contain('&sslMode=DISABLED')
    expect(told['uri']).to.contain('?ssl_mode=DISABLED')
    expect(told).not.to.have.property('sslRootCert')
  })
})

describe('parameters of the family mysql', () => hasSqlParameters(family))
