import type { Call } from '../../src/contract/ports.ts'
import { everyPage, PAGE_SIZE, type Send } from './client.ts'
import {
  type ApiKey,
  type Application,
  type IamPolicy,
  type NewApiKey,
  type NewIamPolicy,
  readApiKey,
  readApplication,
  readIamPolicy,
  readNewApiKey
} from './iam-types.ts'
import { readPage } from './types.ts'

export type IamClient = ReturnType<typeof openIamClient>

/** Which of an organisation's a list shows; both find parts of what they look for too. */
export interface IamFilter {
  readonly name?: string
  readonly tag?: string
}

const ROOT = '/iam/v1alpha1'

/** Scaleway's IAM API, as far as buckets need it. Every function throws `ProviderFailure` for what is no success. */
export function openIamClient(send: Send, organizationId: string) {
  return {
    ...applications(send, organizationId),
    ...policies(send, organizationId),
    ...apiKeys(send, organizationId),

    /** How many the organisation has: one small page. */
    async count(call: Call, collection: 'applications' | 'policies' | 'api-keys'): Promise<number> {
      const query = listQuery(organizationId, 1, {}, 1)
      const { body } = await send(call, 'GET', `${ROOT}/${collection}?${query}`)
      return readPage(body, collection.replace('-', '_'), (item) => item).total
    }
  }
}

function applications(send: Send, organizationId: string) {
  return {
    // https://www.scaleway.com/en/developers/api/iam/#path-applications-list-applications-of-an-organization
    async *applications(call: Call, { name, tag }: IamFilter): AsyncIterable<Application> {
      yield* everyPage(async (page) => {
        const query = listQuery(organizationId, page, { ...(name && { name }), ...(tag && { tag }) })
        return readPage(
          (await send(call, 'GET', `${ROOT}/applications?${query}`)).body,
          'applications',
          readApplication
        )
      })
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-applications-get-a-given-application
    async application(call: Call, id: string): Promise<Application> {
      return readApplication((await send(call, 'GET', at('applications', id))).body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-applications-create-a-new-application
    async createApplication(call: Call, name: string, tags: readonly string[]): Promise<Application> {
      const body = { name, organization_id: organizationId, description: '', tags }
      return readApplication((await send(call, 'POST', `${ROOT}/applications`, body)).body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-applications-delete-an-application
    async deleteApplication(call: Call, id: string): Promise<void> {
      await send(call, 'DELETE', at('applications', id))
    }
  }
}

function policies(send: Send, organizationId: string) {
  return {
    // https://www.scaleway.com/en/developers/api/iam/#path-policies-list-policies-of-an-organization
    async *policies(call: Call, { name, tag }: IamFilter): AsyncIterable<IamPolicy> {
      yield* everyPage(async (page) => {
        const filter = { ...(name && { policy_name: name }), ...(tag && { tag }) }
        const query = listQuery(organizationId, page, filter)
        return readPage(
          (await send(call, 'GET', `${ROOT}/policies?${query}`)).body,
          'policies',
          readIamPolicy
        )
      })
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-policies-get-an-existing-policy
    async policy(call: Call, id: string): Promise<IamPolicy> {
      return readIamPolicy((await send(call, 'GET', at('policies', id))).body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-policies-create-a-new-policy
    async createPolicy(call: Call, wanted: NewIamPolicy): Promise<IamPolicy> {
      const rule = {
        permission_set_names: wanted.permissionSets,
        condition: '',
        project_ids: [wanted.projectId]
      }
      const answer = await send(call, 'POST', `${ROOT}/policies`, {
        name: wanted.name,
        description: '',
        organization_id: organizationId,
        rules: [rule],
        tags: wanted.tags,
        application_id: wanted.applicationId
      })
      return readIamPolicy(answer.body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-policies-delete-a-policy
    async deletePolicy(call: Call, id: string): Promise<void> {
      await send(call, 'DELETE', at('policies', id))
    }
  }
}

function apiKeys(send: Send, organizationId: string) {
  return {
    // https://www.scaleway.com/en/developers/api/iam/#path-api-keys-list-api-keys
    async *apiKeys(call: Call, bearer: string): AsyncIterable<ApiKey> {
      yield* everyPage(async (page) => {
        const query = listQuery(organizationId, page, { bearer_id: bearer })
        return readPage((await send(call, 'GET', `${ROOT}/api-keys?${query}`)).body, 'api_keys', readApiKey)
      })
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-api-keys-get-an-api-key
    async apiKey(call: Call, accessKey: string): Promise<ApiKey> {
      return readApiKey((await send(call, 'GET', at('api-keys', accessKey))).body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-api-keys-create-an-api-key
    /** Scaleway makes the secret, and tells it in this answer only. */
    async createApiKey(
      call: Call,
      application: string,
      projectId: string,
      description: string
    ): Promise<NewApiKey> {
      const body = { application_id: application, default_project_id: projectId, description }
      return readNewApiKey((await send(call, 'POST', `${ROOT}/api-keys`, body)).body)
    },

    // https://www.scaleway.com/en/developers/api/iam/#path-api-keys-delete-an-api-key
    async deleteApiKey(call: Call, accessKey: string): Promise<void> {
      await send(call, 'DELETE', at('api-keys', accessKey))
    }
  }
}

function at(collection: string, id: string): string {
  return `${ROOT}/${collection}/${encodeURIComponent(id)}`
}

function listQuery(
  organizationId: string,
  page: number,
  filter: Readonly<Record<string, string>>,
  size = PAGE_SIZE
): string {
  return new URLSearchParams({
    organization_id: organizationId,
    page: String(page),
    page_size: String(size),
    order_by: 'created_at_asc',
    ...filter
  }).toString()
}
