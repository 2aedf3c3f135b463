import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { arrayAt, isObject, textAt } from '../../src/contract/read.ts'

/** What we use of whatever in IAM has a name and tags. */
export interface Tagged {
  readonly id: string
  readonly name: string
  readonly tags: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
}

export interface Application extends Tagged {
  readonly organizationId: string
}

export interface IamPolicy extends Tagged {
  /** Absent when it is nobody's, or a user's. */
  readonly applicationId?: string
}

/** Who has a key: an application, or a person. */
export type Bearer =
  | { readonly kind: 'application'; readonly id: string }
  | { readonly kind: 'user'; readonly id: string }

export interface ApiKey {
  readonly accessKey: string
  readonly description: string
  readonly bearer: Bearer
}

/** A key as it is told once, when it is made. */
export interface NewApiKey {
  readonly accessKey: string
  readonly secretKey: string
}

/** The body of `POST /policies`, in our words: what one application may do in one project. */
export interface NewIamPolicy {
  readonly name: string
  readonly tags: readonly string[]
  readonly applicationId: string
  readonly projectId: string
  readonly permissionSets: readonly string[]
}

export function readApplication(json: Json | undefined): Application {
  const application = asObject(json)
  return { ...readTagged(application), organizationId: textAt(application, 'organization_id') }
}

export function readIamPolicy(json: Json | undefined): IamPolicy {
  const policy = asObject(json)
  const { application_id: applicationId } = policy
  return { ...readTagged(policy), ...(typeof applicationId === 'string' ? { applicationId } : {}) }
}

function readTagged(thing: JsonObject): Tagged {
  return {
    id: textAt(thing, 'id'),
    name: textAt(thing, 'name'),
    tags: arrayAt(thing, 'tags').filter((tag) => typeof tag === 'string'),
    createdAt: textAt(thing, 'created_at')
  }
}

export function readApiKey(json: Json | undefined): ApiKey {
  const key = asObject(json)
  return {
    accessKey: textAt(key, 'access_key'),
    description: textAt(key, 'description'),
    bearer: bearerOf(key)
  }
}

export function readNewApiKey(json: Json | undefined): NewApiKey {
  const key = asObject(json)
  return { accessKey: textAt(key, 'access_key'), secretKey: textAt(key, 'secret_key') }
}

function bearerOf(key: JsonObject): Bearer {
  const { application_id: application } = key
  return typeof application === 'string'
    ? { kind: 'application', id: application }
    : { kind: 'user', id: textAt(key, 'user_id') }
}

function asObject(json: Json | undefined): JsonObject {
  if (isObject(json)) return json
  throw new ProviderFailure('unexpected', 'Scaleway answered something that is not a JSON object')
}
