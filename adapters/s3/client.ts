import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call, HttpAnswer, HttpRequest } from '../../src/contract/ports.ts'
import { failureFrom } from './errors.ts'
import type { Admin, Key, Settings } from './settings.ts'
import { readKeys, readUser, type User } from './types.ts'

export type Client = ReturnType<typeof openClient>

/** The admin API of radosgw, as far as it is about users. No secret is ever in an address: radosgw logs those. */
export function openClient({ url, accessKeyId, secretAccessKey }: Admin, region: string) {
  const sign = { service: 's3', region, accessKeyId, secretAccessKey }

  async function send(call: Call, method: HttpRequest['method'], query: string): Promise<HttpAnswer> {
    const answer = await call.http.send({
      method,
      url: new URL(`${url}/admin/user?${query}&format=json`),
      sign
    })
    if (answer.status >= 200 && answer.status < 300) return answer
    throw failureFrom(answer)
  }

  return {
    // https://docs.ceph.com/en/pacific/radosgw/adminops/#get-user-info
    async user(call: Call, uid: string): Promise<User | undefined> {
      try {
        return readUser((await send(call, 'GET', queryOf({ uid }))).body)
      } catch (error) {
        if (error instanceof ProviderFailure && error.kind === 'not-found') return undefined
        throw error
      }
    },

    /** Who has a key. Not documented; there since the first versions of it. */
    async userWithKey(call: Call, id: string): Promise<User> {
      return readUser((await send(call, 'GET', queryOf({ 'access-key': id }))).body)
    },

    // https://docs.ceph.com/en/pacific/radosgw/adminops/#create-user
    async createUser(call: Call, uid: string, displayName: string): Promise<void> {
      // Fewer than no buckets: it can make none of its own.
      const closed = { 'generate-key': 'false', 'max-buckets': '-1' }
      await send(call, 'PUT', queryOf({ uid, 'display-name': displayName, ...closed }))
    },

    // https://docs.ceph.com/en/pacific/radosgw/adminops/#remove-user
    async removeUser(call: Call, uid: string): Promise<void> {
      await send(call, 'DELETE', queryOf({ uid }))
    },

    // https://docs.ceph.com/en/pacific/radosgw/adminops/#create-key
    /** Radosgw makes the secret, and another one each time. Answers all keys of the user. */
    async createKey(call: Call, uid: string, id: string): Promise<readonly Key[]> {
      const made = { uid, 'key-type': 's3', 'access-key': id, 'generate-key': 'true' }
      return readKeys((await send(call, 'PUT', `key&${queryOf(made)}`)).body)
    },

    // https://docs.ceph.com/en/pacific/radosgw/adminops/#remove-key
    async removeKey(call: Call, uid: string, id: string): Promise<void> {
      await send(call, 'DELETE', `key&${queryOf({ uid, 'key-type': 's3', 'access-key': id })}`)
    }
  }
}

/** Whether the gateway that tenants ask has topics of notifications (SNS) too. Changes nothing. */
// https://docs.ceph.com/en/pacific/radosgw/notifications/#list-topics
export async function hasTopics({ endpoint, s3Region, ...key }: Settings, call: Call): Promise<boolean> {
  const { accessKeyId, secretAccessKey } = key
  const { status } = await call.http.send({
    method: 'POST',
    url: new URL(endpoint),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=ListTopics',
    sign: { service: 's3', region: s3Region, accessKeyId, secretAccessKey }
  })
  return status === 200
}

function queryOf(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString().replaceAll('+', '%20')
}
