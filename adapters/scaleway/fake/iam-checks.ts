import type { Json, JsonObject } from '../../../src/contract/json.ts'
import { isObject } from '../../../src/contract/read.ts'
import { type Check, check, text } from './checks.ts'
import { invalidArgument } from './problems.ts'

/** What there is of them for object storage; the rest is not known to this fake. */
const PERMISSION_SETS: readonly string[] = [
  'ObjectStorageFullAccess',
  'ObjectStorageReadOnly',
  'ObjectStorageBucketsRead',
  'ObjectStorageBucketsWrite',
  'ObjectStorageBucketsDelete',
  'ObjectStorageBucketPolicyFullAccess',
  'ObjectStorageObjectsRead',
  'ObjectStorageObjectsWrite',
  'ObjectStorageObjectsDelete'
]

const name = text((value) => /^[a-zA-Z0-9()._\- ]{1,64}$/.test(value), 'is not a name')
const description = text((value) => value.length <= 200, 'must have at most 200 characters')
const some = text((value) => value !== '', 'must not be empty')

const tags: Check = (value, field) => {
  const fits = (each: Json) => typeof each === 'string' && /^[a-zA-Z0-9._\-/=+@ ]+$/.test(each)
  if (!Array.isArray(value) || value.length > 10 || !(value as Json[]).every(fits)) {
    throw invalidArgument(field, 'constraint', 'value does not match regex pattern')
  }
}

const rules: Check = (value, field) => {
  if (!Array.isArray(value) || !(value as Json[]).every(isObject)) throw invalidArgument(field, 'format')
}

const words: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0) throw invalidArgument(field, 'format')
}

export function checkApplication(body: JsonObject): void {
  check(body, { name, organization_id: some, description, tags }, ['name', 'organization_id'])
}

export function checkApiKey(body: JsonObject): void {
  const known = { application_id: some, default_project_id: some, description }
  check(body, known, ['application_id', 'default_project_id'])
}

/** One rule, over projects: what the adapter makes. */
export function checkIamPolicy(body: JsonObject): { permissionSets: string[]; projectIds: string[] } {
  const known = { name, organization_id: some, description, tags, rules, application_id: some }
  check(body, known, ['name', 'organization_id', 'rules', 'application_id'])
  const [rule, ...more] = body['rules'] as readonly JsonObject[]
  if (rule === undefined || more.length > 0) throw invalidArgument('rules', 'constraint')
  const condition = text((value) => value === '', 'is not known to this fake')
  check(rule, { permission_set_names: words, condition, project_ids: words }, [
    'permission_set_names',
    'project_ids'
  ])
  const permissionSets = rule['permission_set_names'] as string[]
  if (!permissionSets.every((each) => PERMISSION_SETS.includes(each))) {
    throw invalidArgument('rules', 'constraint', 'is not a permission set')
  }
  return { permissionSets, projectIds: rule['project_ids'] as string[] }
}
