import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call, HttpAnswer, HttpRequest } from '../../src/contract/ports.ts'
import { type Authority, openAuthority, type Sources } from './authority.ts'
import { classOf, failureFrom } from './errors.ts'
import type { Settings } from './settings.ts'
import { asciiJson } from './signature.ts'
import {
  type Availability,
  type Change,
  type Keys,
  type NewBucket,
  type NewDatabaseUser,
  type NewService,
  type NewUser,
  type ProjectUser,
  readAvailability,
  readBucket,
  readBuckets,
  readCertificate,
  readIds,
  readKeyIds,
  readKeys,
  readName,
  readPassword,
  readProjectUser,
  readProjectUsers,
  readSeconds,
  readSecret,
  readService,
  readUser,
  type Service,
  type StorageBucket,
  type User
} from './types.ts'

export type Client = ReturnType<typeof openClient>

/** The calls about the services of one engine. */
export type Services = ReturnType<Client['services']>

/** https://help.ovhcloud.com/csm/en-manage-service-account?id=kb_article_view&sysparm_article=KB0059343 */
const ADDRESSES: Readonly<Record<string, { readonly api: string; readonly token: string }>> = {
  eu: { api: 'https://eu.api.ovh.com/1.0', token: 'https://www.ovh.com/auth/oauth2/token' },
  ca: { api: 'https://ca.api.ovh.com/1.0', token: 'https://ca.ovh.com/auth/oauth2/token' },
  us: { api: 'https://api.us.ovhcloud.com/1.0', token: 'https://us.ovhcloud.com/auth/oauth2/token' }
}

/** OVHcloud's Public Cloud API. Every function throws `ProviderFailure` for what is no success. */
export function openClient(settings: Settings) {
  const addresses = addressesOf(settings.endpoint)
  const authority = openAuthority(settings.credentials, sourcesAt(addresses))
  const send = sender(addresses.api, authority)
  const project = `/cloud/project/${encodeURIComponent(settings.project)}`
  const databases = `${project}/database`
  return {
    ...projectUsers(send, project),
    ...buckets(send, project),
    services: (engine: string) => servicesOf(send, `${databases}/${encodeURIComponent(engine)}`),

    // https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1#get-/cloud/project/-serviceName-/database/availability
    async availability(call: Call): Promise<readonly Availability[]> {
      return readAvailability((await send(call, 'GET', `${databases}/availability`)).body)
    }
  }
}

function addressesOf(endpoint: string) {
  const base = endpoint.replace(/\/+$/, '')
  return ADDRESSES[endpoint] ?? { api: `${base}/1.0`, token: `${base}/auth/oauth2/token` }
}

function sourcesAt({ api, token }: ReturnType<typeof addressesOf>): Sources {
  return {
    token: (form, call) =>
      call.http.send({
        method: 'POST',
        url: new URL(token),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: form
      }),
    // https://eu.api.ovh.com/console/?section=%2Fauth&branch=v1#get-/auth/time
    async time(call) {
      const answer = await call.http.send({ method: 'GET', url: new URL(`${api}/auth/time`) })
      return readSeconds(accepted(answer, call).body)
    }
  }
}

type Send = ReturnType<typeof sender>

function sender(api: string, authority: Authority) {
  async function once(call: Call, method: HttpRequest['method'], url: URL, body: string) {
    const headers = await authority.headers({ method, url, body }, call)
    if (body === '') return call.http.send({ method, url, headers })
    const type = { 'content-type': 'application/json;charset=utf-8' }
    return call.http.send({ method, url, headers: { ...headers, ...type }, body })
  }

  return async (call: Call, method: HttpRequest['method'], path: string, body?: JsonObject) => {
    const url = new URL(`${api}${path}`)
    const text = body === undefined ? '' : asciiJson(body)
    const answer = await once(call, method, url, text)
    if (!authority.isStale(answer)) return accepted(answer, call)
    authority.forget()
    return accepted(await once(call, method, url, text), call)
  }
}

function servicesOf(send: Send, at: string) {
  const path = (id: string) => `${at}/${encodeURIComponent(id)}`
  return {
    // https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1#get-/cloud/project/-serviceName-/database/postgresql
    async ids(call: Call): Promise<readonly string[]> {
      return readIds((await send(call, 'GET', at)).body)
    },

    // …#get-/cloud/project/-serviceName-/database/postgresql/-clusterId-
    async service(call: Call, id: string): Promise<Service> {
      return readService((await send(call, 'GET', path(id))).body)
    },

    // …#post-/cloud/project/-serviceName-/database/postgresql
    async create(call: Call, wanted: NewService): Promise<Service> {
      const { description, plan, version, flavor, nodes, region, diskGb, rules, networkId, subnetId } = wanted
      const answer = await send(call, 'POST', at, {
        description,
        plan,
        version,
        nodesPattern: { flavor, number: nodes, region },
        ...(diskGb === undefined ? {} : { disk: { size: diskGb } }),
        ...(networkId === undefined || subnetId === undefined ? {} : { networkId, subnetId }),
        ipRestrictions: rules.map((rule) => ({ ip: rule.ip, description: rule.description }))
      })
      return readService(answer.body)
    },

    // …#put-/cloud/project/-serviceName-/database/postgresql/-clusterId-
    async change(call: Call, id: string, change: Change): Promise<void> {
      await send(call, 'PUT', path(id), change)
    },

    // …#delete-/cloud/project/-serviceName-/database/postgresql/-clusterId-
    async remove(call: Call, id: string): Promise<void> {
      await send(call, 'DELETE', path(id))
    },

    // …#get-/cloud/project/-serviceName-/database/postgresql/-clusterId-/certificates
    async certificate(call: Call, id: string): Promise<string> {
      return readCertificate((await send(call, 'GET', `${path(id)}/certificates`)).body)
    },

    // …#get-/cloud/project/-serviceName-/database/postgresql/-clusterId-/user
    async userIds(call: Call, id: string): Promise<readonly string[]> {
      return readIds((await send(call, 'GET', `${path(id)}/user`)).body)
    },

    // …#get-/cloud/project/-serviceName-/database/valkey/-clusterId-/user/-userId-
    async user(call: Call, id: string, user: string): Promise<User> {
      return readUser((await send(call, 'GET', `${path(id)}/user/${encodeURIComponent(user)}`)).body)
    },

    /** With the password, which is shown this once. */
    // …#post-/cloud/project/-serviceName-/database/valkey/-clusterId-/user
    async createUser(call: Call, id: string, wanted: NewUser): Promise<User & { readonly password: string }> {
      const { name, categories, commands, keys, channels } = wanted
      const body = {
        name,
        categories: [...categories],
        commands: [...commands],
        keys: [...keys],
        channels: [...channels]
      }
      const answer = await send(call, 'POST', `${path(id)}/user`, body)
      return { ...readUser(answer.body), password: readPassword(answer.body) }
    },

    /** With the password, which is shown this once. */
    // …#post-/cloud/project/-serviceName-/database/postgresql/-clusterId-/user
    async createDatabaseUser(
      call: Call,
      id: string,
      wanted: NewDatabaseUser
    ): Promise<User & { readonly password: string }> {
      const answer = await send(call, 'POST', `${path(id)}/user`, { ...wanted })
      return { ...readUser(answer.body), password: readPassword(answer.body) }
    },

    // …#get-/cloud/project/-serviceName-/database/postgresql/-clusterId-/database
    async databaseIds(call: Call, id: string): Promise<readonly string[]> {
      return readIds((await send(call, 'GET', `${path(id)}/database`)).body)
    },

    // …#get-/cloud/project/-serviceName-/database/postgresql/-clusterId-/database/-databaseId-
    async databaseName(call: Call, id: string, database: string): Promise<string> {
      return readName((await send(call, 'GET', `${path(id)}/database/${encodeURIComponent(database)}`)).body)
    },

    // …#post-/cloud/project/-serviceName-/database/postgresql/-clusterId-/database
    async createDatabase(call: Call, id: string, name: string): Promise<void> {
      await send(call, 'POST', `${path(id)}/database`, { name })
    },

    // …#delete-/cloud/project/-serviceName-/database/valkey/-clusterId-/user/-userId-
    async removeUser(call: Call, id: string, user: string): Promise<void> {
      await send(call, 'DELETE', `${path(id)}/user/${encodeURIComponent(user)}`)
    },

    /** The new password, which is shown this once. */
    // …#post-/cloud/project/-serviceName-/database/postgresql/-clusterId-/user/-userId-/credentials/reset
    async resetPassword(call: Call, id: string, user: string): Promise<string> {
      const reset = `${path(id)}/user/${encodeURIComponent(user)}/credentials/reset`
      return readPassword((await send(call, 'POST', reset)).body)
    }
  }
}

/** Users of the project, their keys to the S3 API, and what these may do. */
function projectUsers(send: Send, project: string) {
  const path = (id: number) => `${project}/user/${id}`
  const keysPath = (id: number, access: string) => `${path(id)}/s3Credentials/${encodeURIComponent(access)}`
  return {
    // https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1#get-/cloud/project/-serviceName-/user
    async users(call: Call): Promise<readonly ProjectUser[]> {
      return readProjectUsers((await send(call, 'GET', `${project}/user`)).body)
    },

    /** It has a password too, which nobody needs. */
    // …#post-/cloud/project/-serviceName-/user
    async createUser(call: Call, description: string): Promise<ProjectUser> {
      const body = { description, role: 'objectstore_operator' }
      return readProjectUser((await send(call, 'POST', `${project}/user`, body)).body)
    },

    // …#delete-/cloud/project/-serviceName-/user/-userId-
    async removeUser(call: Call, id: number): Promise<void> {
      await send(call, 'DELETE', path(id))
    },

    // …#get-/cloud/project/-serviceName-/user/-userId-/s3Credentials
    async keyIds(call: Call, user: number): Promise<readonly string[]> {
      return readKeyIds((await send(call, 'GET', `${path(user)}/s3Credentials`)).body)
    },

    // …#post-/cloud/project/-serviceName-/user/-userId-/s3Credentials
    async createKeys(call: Call, user: number): Promise<Keys> {
      return readKeys((await heardOf(send(call, 'POST', `${path(user)}/s3Credentials`))).body)
    },

    /** It can be read again and again. */
    // …#post-/cloud/project/-serviceName-/user/-userId-/s3Credentials/-access-/secret
    async secretOf(call: Call, user: number, access: string): Promise<string> {
      return readSecret((await send(call, 'POST', `${keysPath(user, access)}/secret`)).body)
    },

    // …#delete-/cloud/project/-serviceName-/user/-userId-/s3Credentials/-access-
    async removeKeys(call: Call, user: number, access: string): Promise<void> {
      await send(call, 'DELETE', keysPath(user, access))
    },

    /** A policy is a text that holds JSON. */
    // …#post-/cloud/project/-serviceName-/user/-userId-/policy
    async setPolicy(call: Call, user: number, policy: JsonObject): Promise<void> {
      await heardOf(send(call, 'POST', `${path(user)}/policy`, { policy: JSON.stringify(policy) }))
    }
  }
}

const UNHEARD_SECONDS = 5

/** The object storage may not have heard of a new user yet, whom the API calls ready. */
async function heardOf<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.kind === 'not-found')) throw error
    const sentence = 'the object storage of OVHcloud does not know the user yet'
    throw new ProviderFailure('unavailable', sentence, { retryAfterSeconds: UNHEARD_SECONDS })
  }
}

function buckets(send: Send, project: string) {
  const path = (region: string) => `${project}/region/${encodeURIComponent(region)}/storage`
  const bucketPath = (region: string, name: string) => `${path(region)}/${encodeURIComponent(name)}`
  return {
    // https://eu.api.ovh.com/console/?section=%2Fcloud&branch=v1#get-/cloud/project/-serviceName-/region/-regionName-/storage
    async buckets(call: Call, region: string): Promise<readonly StorageBucket[]> {
      return readBuckets((await send(call, 'GET', path(region))).body)
    },

    // …#get-/cloud/project/-serviceName-/region/-regionName-/storage/-name-
    async bucket(call: Call, region: string, name: string): Promise<StorageBucket> {
      return readBucket((await send(call, 'GET', `${bucketPath(region, name)}?limit=0`)).body)
    },

    // …#post-/cloud/project/-serviceName-/region/-regionName-/storage
    async createBucket(
      call: Call,
      region: string,
      { name, ownerId, tags }: NewBucket
    ): Promise<StorageBucket> {
      return readBucket((await heardOf(send(call, 'POST', path(region), { name, ownerId, tags }))).body)
    },

    /** Refused while anything is in it. */
    // …#delete-/cloud/project/-serviceName-/region/-regionName-/storage/-name-
    async removeBucket(call: Call, region: string, name: string): Promise<void> {
      await send(call, 'DELETE', bucketPath(region, name))
    }
  }
}

/** What was asked for is so already. */
function isUnchanged(answer: HttpAnswer): boolean {
  return answer.status === 400 && classOf(answer) === 'NoUpdate'
}

function accepted(answer: HttpAnswer, call: Call): HttpAnswer {
  if ((answer.status >= 200 && answer.status < 300) || isUnchanged(answer)) return answer
  // OVHcloud's support asks for the number of the request.
  call.note('OVHcloud refused a request', refusal(answer))
  throw failureFrom(answer)
}

function refusal(answer: HttpAnswer): Record<string, Json> {
  return {
    status: answer.status,
    class: classOf(answer) ?? null,
    queryId: answer.headers['x-ovh-queryid'] ?? null
  }
}
