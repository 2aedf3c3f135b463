import { parseArgs } from 'node:util'
import type { Asked } from '../../../test/support/fake/problem.ts'
import { isJsonObject, PROCESS_OPTIONS, parseJson, serveFake } from '../../../test/support/fake/serve.ts'
import { fakeApi } from './api.ts'
import { openBackings } from './backing.ts'
import { instructions, reset, state } from './control.ts'
import { deniedAuthentication, invalidArgument, tooManyRequests } from './problems.ts'
import { calm } from './scene.ts'
import { newWorld } from './world.ts'

/**
 * Scaleway's RDB API over a real PostgreSQL and, once a MySQL instance is ordered, a real MariaDB, as a process of its own:
 * `node --import tsx adapters/scaleway/fake/server.ts --token T --project P [--port N] [--until-stdin-closes]`.
 * Prints `{"url","postgresqlPort"}` when it listens; ends with SIGTERM and takes the servers behind it along.
 */
const { values: options } = parseArgs({
  options: {
    ...PROCESS_OPTIONS,
    token: { type: 'string', default: 'fake-secret-key' },
    project: { type: 'string', default: '11111111-1111-4111-8111-111111111111' }
  }
})

const backings = openBackings()
const { port: postgresqlPort } = await backings.of('PostgreSQL')
const world = newWorld(options.project)
const api = fakeApi(world, backings)

serveFake(
  {
    ground: world,
    calm,
    async answer(asked) {
      checkToken(asked)
      return api({ method: asked.method, url: asked.url, body: bodyOf(asked) })
    },
    throttled: tooManyRequests,
    headers: () => ({ server: 'Scaleway API Gateway', 'x-request-id': crypto.randomUUID() }),
    state: () => state(world, backings),
    reset: () => reset(world, backings),
    instructions: instructions(world, backings),
    greeting: { postgresqlPort }
  },
  options
)

function checkToken({ headers }: Asked): void {
  const token = headers['x-auth-token']
  if (token === undefined) throw deniedAuthentication('invalid_argument')
  if (token !== options.token) throw deniedAuthentication('not_found')
}

function bodyOf({ headers, text }: Asked) {
  if (text === '') return undefined
  if (!headers['content-type']?.startsWith('application/json')) {
    throw invalidArgument('body', 'format', 'must be application/json')
  }
  const body = parseJson(text)
  if (!isJsonObject(body)) throw invalidArgument('body', 'format', 'must be a JSON object')
  return body
}
