import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Call, HttpAnswer, HttpRequest } from '../../src/contract/ports.ts'
import { type Authority, openAuthority, type Sources } from './authority.ts'
import { classOf, failureFrom } from './errors.ts'
import type { Settings } from './settings.ts'
import { asciiJson } from './signature.ts'
import {
  type Availability,
  type Change,
  type NewService,
  readAvailability,
  readCertificate,
  readIds,
  readPassword,
  readSeconds,
  readService,
  readUser,
  type Service,
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
  const databases = `/cloud/project/${encodeURIComponent(settings.project)}/database`
  return {
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
      const { description, plan, version, flavor, nodes, region, diskGb, rules } = wanted
      const answer = await send(call, 'POST', at, {
        description,
        plan,
        version,
        nodesPattern: { flavor, number: nodes, region },
        ...(diskGb === undefined ? {} : { disk: { size: diskGb } }),
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
    async *users(call: Call, id: string): AsyncIterable<User> {
      for (const user of readIds((await send(call, 'GET', `${path(id)}/user`)).body)) {
        const answer = await send(call, 'GET', `${path(id)}/user/${encodeURIComponent(user)}`)
        yield readUser(answer.body)
      }
    },

    /** The new password, which is shown this once. */
    // …#post-/cloud/project/-serviceName-/database/postgresql/-clusterId-/user/-userId-/credentials/reset
    async resetPassword(call: Call, id: string, user: string): Promise<string> {
      const reset = `${path(id)}/user/${encodeURIComponent(user)}/credentials/reset`
      return readPassword((await send(call, 'POST', reset)).body)
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
