import { createHash, randomBytes } from 'node:crypto'
import type { Asked, Reply } from '../../../test/support/fake/problem.ts'
import { Problem } from '../../../test/support/fake/problem.ts'
import { forbidden, invalidSignature, invalidTimestamp, unauthorized } from './problems.ts'
import type { World } from './world.ts'

/** Who may ask, in both ways. */
export interface Keys {
  readonly clientId: string
  readonly clientSecret: string
  readonly applicationKey: string
  readonly applicationSecret: string
  readonly consumerKey: string
}

const TOKEN_SECONDS = 3599
const SKEW_SECONDS = 30

/** `POST /auth/oauth2/token`. */
export function giveToken(world: World, keys: Keys, asked: Asked): Reply {
  if (world.scene.tokenPages > 0) {
    world.scene.tokenPages -= 1
    throw new Problem(503, '<html>maintenance</html>', { 'content-type': 'text/html' })
  }
  const form = new URLSearchParams(asked.text)
  if (asked.headers['content-type'] !== 'application/x-www-form-urlencoded') throw oauth('invalid_request')
  if (form.get('grant_type') !== 'client_credentials') throw oauth('unsupported_grant_type')
  if (form.get('scope') !== 'all') throw oauth('invalid_scope')
  if (form.get('client_id') !== keys.clientId || form.get('client_secret') !== keys.clientSecret) {
    throw oauth('invalid_client')
  }
  const token = randomBytes(24).toString('base64url')
  world.tokens.set(token, world.clock.now() + TOKEN_SECONDS * 1000)
  return {
    status: 200,
    body: { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS, scope: 'all' }
  }
}

function oauth(error: string): Problem {
  return new Problem(400, { error, error_description: 'ovhcloud oauth2 client does not exists' })
}

export function checkAuthority(world: World, keys: Keys, asked: Asked): void {
  const bearer = asked.headers['authorization']
  if (bearer !== undefined) return checkBearer(world, bearer)
  if (asked.headers['x-ovh-application'] === undefined) throw forbidden('publicCloudProject:apiovh:get')
  checkSignature(world, keys, asked)
}

function checkBearer(world: World, header: string): void {
  const until = world.tokens.get(header.replace(/^Bearer /, ''))
  if (until === undefined || until <= world.clock.now()) throw unauthorized()
}

function checkSignature(world: World, keys: Keys, { method, url, headers, text }: Asked): void {
  if (headers['x-ovh-application'] !== keys.applicationKey) throw unauthorized()
  if (headers['x-ovh-consumer'] !== keys.consumerKey) throw unauthorized()
  const timestamp = headers['x-ovh-timestamp'] ?? ''
  if (Math.abs(Number(timestamp) - secondsOf(world)) > SKEW_SECONDS) throw invalidTimestamp()
  const parts = [keys.applicationSecret, keys.consumerKey, method, url.href, text, timestamp]
  const expected = `$1$${createHash('sha1').update(parts.join('+')).digest('hex')}`
  if (headers['x-ovh-signature'] !== expected) throw invalidSignature()
}

export function secondsOf({ clock }: World): number {
  return Math.floor(clock.now() / 1000)
}
