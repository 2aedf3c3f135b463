import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { isObject, numberAt, textAt } from '../../src/contract/read.ts'

/** What we use of a managed database service. */
export interface Service {
  readonly id: string
  readonly description: string
  readonly status: string
  readonly plan: string
  readonly version: string
  readonly flavor: string
  readonly region: string
  /** Absent where the flavor has a disk of its own. */
  readonly diskGb?: number
  /** Absent where it is not told. */
  readonly nodes?: number
  readonly rules: readonly NetworkRule[]
  /** Absent: at a public address. */
  readonly networkId?: string
  readonly subnetId?: string
  readonly deletionProtection: boolean
  /** RFC 3339. */
  readonly createdAt: string
  readonly endpoints: readonly Endpoint[]
}

export interface Endpoint {
  /** `postgresql`, `postgresqlRead`, `mysql`: what listens there. */
  readonly component: string
  readonly domain: string
  readonly port: number
}

export interface NetworkRule {
  readonly ip: string
  readonly description: string
}

export interface User {
  readonly id: string
  readonly username: string
  /** `PENDING`, `CREATING`, `READY`, `UPDATING`, `DELETING`. */
  readonly status: string
}

/** The body of `POST /database/valkey/{id}/user`: the words of ACL SETUSER, by what they are about. */
export interface NewUser {
  readonly name: string
  readonly categories: readonly string[]
  readonly commands: readonly string[]
  /** Patterns. */
  readonly keys: readonly string[]
  readonly channels: readonly string[]
}

/** The body of `POST /database/{engine}/{id}/user`; `roles` only of PostgreSQL, where the one that there is replicates. */
export interface NewDatabaseUser {
  readonly name: string
  readonly roles?: readonly string[]
}

/** A user of the project, who may own buckets and have keys to them. */
export interface ProjectUser {
  readonly id: number
  readonly description: string
  /** `creating`, `ok`, `deleting`, `deleted`. */
  readonly status: string
}

/** Of the S3 API. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface StorageBucket {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
}

/** The body of `POST /region/{region}/storage`. */
export interface NewBucket {
  readonly name: string
  readonly ownerId: number
  readonly tags: Readonly<Record<string, string>>
}

/** One offer: what may be bought where. */
export interface Availability {
  readonly engine: string
  readonly region: string
  readonly plan: string
  readonly flavor: string
  readonly version: string
  /** `STABLE`, `BETA`, `DEPRECATED`, `END_OF_SALE`, `END_OF_LIFE`, `UNAVAILABLE`. */
  readonly status: string
}

/** The body of `POST /database/{engine}`. */
export interface NewService {
  readonly description: string
  readonly plan: string
  readonly version: string
  readonly flavor: string
  readonly nodes: number
  readonly region: string
  readonly diskGb?: number
  readonly rules: readonly NetworkRule[]
  readonly networkId?: string
  readonly subnetId?: string
}

/** One field of `PUT /database/{engine}/{id}`: one modification at a time. */
export type Change =
  | { readonly plan: string }
  | { readonly flavor: string }
  | { readonly version: string }
  | { readonly disk: { readonly size: number } }
  | { readonly ipRestrictions: readonly { readonly ip: string; readonly description: string }[] }
  | { readonly deletionProtection: false }

export function readService(json: Json | undefined): Service {
  const service = asObject(json)
  const disk = service['disk']
  const size = isObject(disk) ? disk['size'] : undefined
  const nodes = service['nodeNumber']
  return {
    id: textAt(service, 'id'),
    description: textAt(service, 'description'),
    status: textAt(service, 'status'),
    plan: textAt(service, 'plan'),
    version: textAt(service, 'version'),
    flavor: textAt(service, 'flavor'),
    region: regionOf(service),
    rules: objectsAt(service, 'ipRestrictions').filter(isKept).map(readRule),
    deletionProtection: service['deletionProtection'] === true,
    createdAt: textAt(service, 'createdAt'),
    endpoints: objectsAt(service, 'endpoints').flatMap(readEndpoint),
    ...networkOf(service),
    ...(typeof size === 'number' ? { diskGb: size } : {}),
    ...(typeof nodes === 'number' ? { nodes } : {})
  }
}

function networkOf({ networkId, subnetId }: JsonObject) {
  return {
    ...(typeof networkId === 'string' ? { networkId } : {}),
    ...(typeof subnetId === 'string' ? { subnetId } : {})
  }
}

/** The published type has it only at the nodes. */
function regionOf(service: JsonObject): string {
  const [node] = objectsAt(service, 'nodes')
  const region = node?.['region'] ?? service['region']
  return typeof region === 'string' ? region : ''
}

function isKept(rule: JsonObject): boolean {
  return rule['status'] !== 'DELETING'
}

function readRule(rule: JsonObject): NetworkRule {
  const description = rule['description']
  return { ip: textAt(rule, 'ip'), description: typeof description === 'string' ? description : '' }
}

/** One that is not complete yet is none. */
function readEndpoint({ component, domain, port }: JsonObject): readonly Endpoint[] {
  if (typeof component !== 'string' || typeof domain !== 'string' || typeof port !== 'number') return []
  return [{ component, domain, port }]
}

export function readUser(json: Json | undefined): User {
  const user = asObject(json)
  return { id: textAt(user, 'id'), username: textAt(user, 'username'), status: textAt(user, 'status') }
}

export function readName(json: Json | undefined): string {
  return textAt(asObject(json), 'name')
}

export function readPassword(json: Json | undefined): string {
  return textAt(asObject(json), 'password')
}

export function readProjectUser(json: Json | undefined): ProjectUser {
  const user = asObject(json)
  const description = user['description']
  return {
    id: numberAt(user, 'id'),
    description: typeof description === 'string' ? description : '',
    status: textAt(user, 'status')
  }
}

export function readProjectUsers(json: Json | undefined): readonly ProjectUser[] {
  if (!Array.isArray(json)) throw unexpected()
  return (json as readonly Json[]).map(readProjectUser)
}

export function readKeys(json: Json | undefined): Keys {
  const keys = asObject(json)
  return { accessKeyId: textAt(keys, 'access'), secretAccessKey: textAt(keys, 'secret') }
}

/** Lists of keys do not show the secrets. */
export function readKeyIds(json: Json | undefined): readonly string[] {
  if (!Array.isArray(json)) throw unexpected()
  return (json as readonly Json[]).map((keys) => textAt(asObject(keys), 'access'))
}

export function readSecret(json: Json | undefined): string {
  return textAt(asObject(json), 'secret')
}

export function readBucket(json: Json | undefined): StorageBucket {
  const bucket = asObject(json)
  const tags = isObject(bucket['tags']) ? Object.entries(bucket['tags']) : []
  return {
    name: textAt(bucket, 'name'),
    tags: Object.fromEntries(tags.filter((tag): tag is [string, string] => typeof tag[1] === 'string'))
  }
}

export function readBuckets(json: Json | undefined): readonly StorageBucket[] {
  if (!Array.isArray(json)) throw unexpected()
  return (json as readonly Json[]).map(readBucket)
}

export function readCertificate(json: Json | undefined): string {
  return textAt(asObject(json), 'ca')
}

export function readAvailability(json: Json | undefined): readonly Availability[] {
  if (!Array.isArray(json)) throw unexpected()
  return (json as readonly Json[]).filter(isObject).map((offer) => ({
    engine: textAt(offer, 'engine'),
    region: textAt(offer, 'region'),
    plan: textAt(offer, 'plan'),
    flavor: nested(offer, 'specifications', 'flavor'),
    version: textAt(offer, 'version'),
    status: nested(offer, 'lifecycle', 'status')
  }))
}

/** `specifications.flavor`, which was `flavor` once. */
function nested(offer: JsonObject, part: string, key: string): string {
  const inner = offer[part]
  return textAt(isObject(inner) && inner[key] !== undefined ? inner : offer, key)
}

/** Lists are of ids. */
export function readIds(json: Json | undefined): readonly string[] {
  if (!Array.isArray(json)) throw unexpected()
  return (json as readonly Json[]).filter((id) => typeof id === 'string')
}

export function readSeconds(json: Json | undefined): number {
  if (typeof json !== 'number') throw unexpected()
  return json
}

/** Absent, null and empty are the same. */
function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key]
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : []
}

function asObject(json: Json | undefined): JsonObject {
  if (!isObject(json)) throw unexpected()
  return json
}

function unexpected(): ProviderFailure {
  return new ProviderFailure('unexpected', 'OVHcloud answered something that is not its API')
}
