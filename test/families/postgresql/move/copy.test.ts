import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { PostgresqlAccess } from '../../../../src/contract/access.ts'
import type { Login } from '../../../../src/contract/adapter.ts'
import type { MoveProgress, Moving } from '../../../../src/contract/move.ts'
import { begin } from '../../../../src/families/postgresql/move/begin.ts'
import { copy } from '../../../../src/families/postgresql/move/copy.ts'
import { pin } from '../../../../src/families/postgresql/move/pin.ts'
import { stepEnd } from '../../../../src/families/postgresql/move/step-end.ts'
import { toolsPort } from '../../../../src/transport/tools.ts'
import { fillWithEveryKind } from '../../../support/every-kind.ts'
import { moveCall, movingOf } from '../../../support/moving.ts'
import { postgresServer, type TestServer, withClient } from '../../../support/postgres-server.ts'
import { asLogin, newTenant, type Tenant } from '../../../support/postgres-tenant.ts'

interface Pair {
  readonly from: Tenant
  readonly to: Tenant
  /** As which it is known at the source, and at the target. */
  readonly login: { readonly from: Login; readonly to: Login }
  readonly reader: { readonly from: Login; readonly to: Login }
  moving(number?: number): Moving<PostgresqlAccess>
}

async function newPair(server: TestServer, told: (progress: MoveProgress) => void = () => undefined): Promise<Pair> {
  const [from, to] = [await newTenant(server), await newTenant(server)]
  const bound = async (parameters = {}) => ({ from: await from.bind(parameters), to: await to.bind(parameters) })
  const [login, reader] = [await bound(), await bound({ access: 'read-only' })]
  return {
    from,
    to,
    login,
    reader,
    moving: (number = 1) => ({
      ...movingOf(from, to, [], number),
      logins: [login, reader].map((each) => ({ ...each, parameters: {} })),
      told
    })
  }
}

async function run(moving: Moving<PostgresqlAccess>, signal?: AbortSignal) {
  const call = moveCall(signal)
  await begin(moving, call)
  const hold = await pin(moving, call)
  try {
    return await copy(moving, hold, call)
  } finally {
    await hold.release()
  }
}

async function end(moving: Moving<PostgresqlAccess>) {
  await stepEnd(moving, 'from', moveCall())
  await stepEnd(moving, 'to', moveCall())
}

/** With all rows, rights, comments and settings, and the roles under the names of the target; the order of lines means nothing. */
async function dumped(server: TestServer, { from, to, login, reader }: Pair, side: 'from' | 'to'): Promise<string> {
  const { host, port, user, password } = server.superuser
  const [tool] = await toolsPort()('pg_dump')
  const args = ['--create', '--dbname', side === 'from' ? from.name : to.name]
  const environment = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password }
  const { stdout } = await promisify(execFile)(tool?.program ?? '', args, { env: environment, maxBuffer: 1e9 })
  const names = [[from.name, to.name], [login.from.name, login.to.name], [reader.from.name, reader.to.name]] as const
  const renamed = names.reduce((text, [source, target]) => text.replaceAll(source, target), stdout)
  const lines = renamed.split('\n').filter((line) => !/^(--|$|\\(un)?restrict)/.test(line))
  return lines.toSorted().join('\n')
}

describe('copying a PostgreSQL database', function () {
  this.timeout(120_000)
  let server: TestServer

  before(async () => {
    server = await postgresServer()
  })

  describe('with every kind of object', () => {
    let pair: Pair
    const told: MoveProgress[] = []

    before(async () => {
      pair = await newPair(server, (progress) => told.push(progress))
      await fillWithEveryKind(server, pair.from, pair.login.from)
      const figures = await run(pair.moving())
      expect(figures.rows).to.be.greaterThan(10)
      await end(pair.moving())
    })

    it('makes a database that the server\'s own tool dumps as it dumps the source', async () => {
      const [source, target] = [await dumped(server, pair, 'from'), await dumped(server, pair, 'to')]
      expect(target).to.equal(source)
    })
  })
})
