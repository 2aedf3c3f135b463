import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Asked, Reply } from '../../../test/support/fake/problem.ts'
import { isJsonObject, PROCESS_OPTIONS, parseJson, serveFake } from '../../../test/support/fake/serve.ts'
import { answer } from './api.ts'
import { checkAuthority, giveToken, type Keys, secondsOf } from './authorise.ts'
import { instructions, reset, state } from './control.ts'
import { openStore } from './object-store.ts'
import { invalidParameter, tooManyRequests, unknownUrl } from './problems.ts'
import { calm } from './scene.ts'
import { allServers } from './servers.ts'
import { newWorld } from './world.ts'

/**
 * OVHcloud's API over real servers, as a process of its own:
 * `node --import tsx adapters/ovhcloud/fake/server.ts --project P --client-id C --client-secret S [--port N] [--until-stdin-closes]`.
 * Prints `{"url"}` when it listens; ends with SIGTERM and takes the servers behind it along. `--own-servers`: a PostgreSQL for each
 * service, for tests that compare what a whole server holds. `--warm mysql`: its first server is started before. `--store own` starts a
 * radosgw, whose address is printed as `store`; or it is given one as JSON. Without it there is no object storage.
 */
const { values: options } = parseArgs({
  options: {
    ...PROCESS_OPTIONS,
    project: { type: 'string', default: '0123456789abcdef0123456789abcdef' },
    'own-servers': { type: 'boolean', default: false },
    warm: { type: 'string', multiple: true, default: [] },
    store: { type: 'string' },
    'client-id': { type: 'string', default: 'EU.fake' },
    'client-secret': { type: 'string', default: 'fake-client-secret' },
    'application-key': { type: 'string', default: 'fake-application' },
    'application-secret': { type: 'string', default: 'fake-application-secret' },
    'consumer-key': { type: 'string', default: 'fake-consumer-key' }
  }
})

const keys: Keys = {
  clientId: options['client-id'],
  clientSecret: options['client-secret'],
  applicationKey: options['application-key'],
  applicationSecret: options['application-secret'],
  consumerKey: options['consumer-key']
}

const PREFIX = '/1.0'

const servers = await allServers(options['own-servers'], options.warm)
const store = options.store === undefined ? undefined : await openStore(options.store)
const world = newWorld(options.project, servers, store)

serveFake(
  {
    ground: world,
    calm,
    answer: reply,
    throttled: tooManyRequests,
    headers: () => ({ 'x-ovh-queryid': `EU.ext-1.${randomBytes(6).toString('hex')}` }),
    state: () => state(world),
    reset: () => reset(world),
    instructions: instructions(world),
    greeting: store ? { store: store.endpoint } : {}
  },
  options
)

async function reply(asked: Asked): Promise<Reply> {
  const { pathname } = asked.url
  if (pathname === '/auth/oauth2/token') return giveToken(world, keys, asked)
  if (!pathname.startsWith(`${PREFIX}/`)) throw unknownUrl()
  const path = pathname.slice(PREFIX.length)
  if (path === '/auth/time') return { status: 200, body: secondsOf(world) }
  checkAuthority(world, keys, asked)
  return answer(world, { method: asked.method, path, query: asked.url.searchParams, body: bodyOf(asked) })
}

function bodyOf({ headers, text }: Asked) {
  if (text === '') return undefined
  if (!headers['content-type']?.startsWith('application/json')) {
    throw invalidParameter('Content-Type must be application/json')
  }
  const body = parseJson(text)
  if (!isJsonObject(body)) throw invalidParameter('Invalid JSON received')
  return body
}
