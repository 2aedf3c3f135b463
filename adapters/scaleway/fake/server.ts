import { parseArgs } from 'node:util'
import type { Asked } from '../../../test/support/fake/problem.ts'
import { serveS3 } from '../../../test/support/fake/s3-front.ts'
import { isJsonObject, PROCESS_OPTIONS, parseJson, serveFake } from '../../../test/support/fake/serve.ts'
import { fakeApi } from './api.ts'
import { openBackings } from './backing.ts'
import { instructions, reset, state } from './control.ts'
import { deniedAuthentication, deniedPermission, invalidArgument, tooManyRequests } from './problems.ts'
import { s3Api, secretOf } from './s3-api.ts'
import { calm } from './scene.ts'
import { newWorld } from './world.ts'

/**
 * Scaleway's APIs over a real PostgreSQL and, once something of theirs is ordered, a real MariaDB, Redis and radosgw, as a process of its own:
 * `node --import tsx adapters/scaleway/fake/server.ts --token T --project P [--port N] [--until-stdin-closes]`.
 * Prints `{"url","postgresqlPort","s3Url"}` when it listens; ends with SIGTERM and takes the servers behind it along.
 */
const { values: options } = parseArgs({
  options: {
    ...PROCESS_OPTIONS,
    token: { type: 'string', default: 'fake-secret-key' },
    project: { type: 'string', default: '11111111-1111-4111-8111-111111111111' },
    organization: { type: 'string', default: '44444444-4444-4444-8444-444444444444' },
    'access-key': { type: 'string', default: 'SCWPORTOLANBROKER000' }
  }
})

const backings = openBackings()
const { port: postgresqlPort } = await backings.of('PostgreSQL')
const world = newWorld(options.project, options.organization, {
  accessKey: options['access-key'],
  secretKey: options.token,
  projectId: options.project
})
const api = fakeApi(world, backings)
const s3Url = await serveS3({
  secretOf: (credential) => secretOf(world, credential),
  answer: (asked) => s3Api(world, asked)
})

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
    greeting: { postgresqlPort, s3Url }
  },
  options
)

function checkToken({ headers }: Asked): void {
  const token = headers['x-auth-token']
  if (token === undefined) throw deniedAuthentication('invalid_argument')
  if (token === options.token) return
  const isKey = [...world.iam.keys.values()].some(({ secretKey }) => secretKey === token)
  if (!isKey) throw deniedAuthentication('not_found')
  throw deniedPermission('iam', 'read')
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
