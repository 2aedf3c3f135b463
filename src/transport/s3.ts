import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type { ObjectStorageAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Ports } from '../contract/ports.ts'
import { isObject } from '../contract/read.ts'
import { type Bucket, type ObjectVersion, S3Code } from '../contract/s3.ts'
import { asFailure, type ExchangeOptions, exchange, timeLimit } from './exchange.ts'
import { loadSdk, openClient, type Sdk } from './s3-client.ts'
import { s3Failure } from './s3-failure.ts'

export interface S3Outcome {
  /** Absent when it went well. */
  readonly failure?: ProviderFailure
}

export interface S3PortOptions extends Pick<ExchangeOptions, 'signal' | 'lookup' | 'maximumAnswerBytes'> {
  readonly observe?: (outcome: S3Outcome) => void
  /** From the first name lookup to the last byte. Default 20. */
  readonly timeoutSeconds?: number
}

/** The `s3` port. */
export function s3Port(options: S3PortOptions): Ports['s3'] {
  return (access) => bucketOf(access, (did, work) => ask(access, did, work, options))
}

type Ask = <T>(did: string, work: (client: S3Client, sdk: Sdk, Bucket: string) => Promise<T>) => Promise<T>

/** One client for each request: the signal, the time limit and the words of a failure are the request's. */
async function ask<T>(
  access: ObjectStorageAccess,
  did: string,
  work: (client: S3Client, sdk: Sdk, Bucket: string) => Promise<T>,
  options: S3PortOptions
): Promise<T> {
  const limit = timeLimit(options.signal, (options.timeoutSeconds ?? 20) * 1000)
  try {
    const sdk = await loadSdk()
    const client = openClient(sdk, access.region, access, {
      endpoint: access.endpoint,
      forcePathStyle: access.pathStyle === true,
      requestHandler: handlerOf(access, did, { ...options, signal: limit.signal })
    })
    hashBodies(client)
    const answer = await work(client, sdk, access.bucket)
    options.observe?.({})
    return answer
  } catch (error) {
    const failure =
      error instanceof ProviderFailure
        ? error
        : new ProviderFailure(
            'unexpected',
            `the object storage answered something else when asked to ${did}`,
            {
              mayHaveHappened: true,
              cause: error
            }
          )
    options.observe?.({ failure })
    throw failure
  } finally {
    limit.end()
  }
}

type Handler = Extract<NonNullable<S3ClientConfig['requestHandler']>, { handle: unknown }>

/** The SDK's way to the world: our own, with our guards. Whatever is no success is a failure already here. */
function handlerOf(access: ObjectStorageAccess, did: string, options: S3PortOptions): Handler {
  const { network, ca } = access
  const send = async (request: Parameters<Handler['handle']>[0]) => {
    const { method, headers, body } = request
    const url = urlOf(request)
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const path = `${request.path}${url.search}`
    const outgoing = { method, url, path, headers, ...(bytes === undefined ? {} : { body: bytes }) }
    const answer = await exchange(outgoing, {
      ...options,
      network,
      ...(ca === undefined ? {} : { ca })
    }).catch((error: unknown) => {
      throw asFailure(error, url, options.signal.aborted)
    })
    if (answer.status >= 300) throw s3Failure(answer, did)
    return {
      response: {
        statusCode: answer.status,
        headers: { ...answer.headers },
        body: Readable.from([answer.body])
      }
    }
  }
  return { handle: send } as Handler
}

/** Without the path: an URL would make another key, or the key of another bucket, of one with `..` in it. */
function urlOf({ protocol, hostname, port, query }: Parameters<Handler['handle']>[0]): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`)
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((each) => `${escaped(name)}=${escaped(each)}`)
  )
  url.search = pairs.join('&')
  return url
}

/** As it was signed. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`
  )
}

/** Endpoints older than the SDK's checksums want this one. */
function hashBodies(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body?: string | Uint8Array }
      if (request.body !== undefined) {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      }
      return next(args)
    },
    { step: 'build', name: 'hashBodies' }
  )
}

function bucketOf(access: ObjectStorageAccess, asked: Ask): Bucket {
  return { ...wholeBucket(asked, access), ...settingsOf(asked), ...contentsOf(asked), ...objectsOf(asked) }
}

function wholeBucket(
  asked: Ask,
  { region }: ObjectStorageAccess
): Pick<Bucket, 'head' | 'create' | 'delete' | 'accountBuckets'> {
  return {
    head: () =>
      asked('look at the bucket', async (client, { HeadBucketCommand }, Bucket) => {
        await client.send(new HeadBucketCommand({ Bucket }))
      }),
    create: (options = {}) =>
      asked('make the bucket', async (client, { CreateBucketCommand }, Bucket) => {
        // `us-east-1` is S3's word for no place in particular, and refused as the name of one.
        const place =
          region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }
        const lock = options.objectLock ? { ObjectLockEnabledForBucket: true } : {}
        await client.send(new CreateBucketCommand({ Bucket, ...lock, ...(place as object) }))
      }),
    delete: () =>
      asked('remove the bucket', async (client, { DeleteBucketCommand }, Bucket) => {
        await client.send(new DeleteBucketCommand({ Bucket }))
      }),
    accountBuckets: () =>
      asked('list the buckets', async (client, { paginateListBuckets }) => {
        const names: string[] = []
        // An endpoint that knows no pages, but has a word for the next one, would tell them for ever.
        const pages = paginateListBuckets({ client, stopOnSameToken: true }, {})
        for await (const { Buckets = [] } of pages)
          names.push(...Buckets.flatMap(({ Name }) => (Name === undefined ? [] : [Name])))
        return names
      })
  }
}

function settingsOf(
  asked: Ask
): Pick<
  Bucket,
  'tags' | 'setTags' | 'policy' | 'setPolicy' | 'versioning' | 'setVersioning' | 'hasObjectLock'
> {
  return {
    tags: () =>
      asked('read the tags of the bucket', async (client, { GetBucketTaggingCommand }, Bucket) => {
        const answer = await unless(NO_TAGS, client.send(new GetBucketTaggingCommand({ Bucket })))
        return Object.fromEntries((answer?.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']))
      }),
    setTags: (tags) =>
      asked('tag the bucket', async (client, { PutBucketTaggingCommand }, Bucket) => {
        const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
        await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
      }),
    policy: () =>
      asked('read the policy of the bucket', async (client, { GetBucketPolicyCommand }, Bucket) => {
        const answer = await unless(NO_POLICY, client.send(new GetBucketPolicyCommand({ Bucket })))
        return answer?.Policy === undefined ? undefined : policyFrom(answer.Policy)
      }),
    setPolicy: (policy) =>
      asked('set the policy of the bucket', async (client, { PutBucketPolicyCommand }, Bucket) => {
        await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }))
      }),
    versioning: () =>
      asked('read the versioning of the bucket', async (client, { GetBucketVersioningCommand }, Bucket) => {
        const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }))
        if (Status === 'Enabled') return 'on'
        return Status === 'Suspended' ? 'suspended' : 'never'
      }),
    setVersioning: (state) =>
      asked('set the versioning of the bucket', async (client, { PutBucketVersioningCommand }, Bucket) => {
        const Status = state === 'on' ? 'Enabled' : 'Suspended'
        await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
      }),
    hasObjectLock: () =>
      asked('read the object lock of the bucket', async (client, sdk, Bucket) => {
        const look = client.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }))
        const answer = await unless(NO_LOCK, look)
        return answer?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
      })
  }
}

/** Of one page, the most that one request can remove. */
const PAGE = 1000

function contentsOf(asked: Ask): Pick<Bucket, 'versions' | 'uploads' | 'deleteVersions' | 'abortUpload'> {
  return {
    versions: (limit = PAGE) =>
      asked('list what is in the bucket', async (client, { ListObjectVersionsCommand }, Bucket) => {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: limit }))
        return [...versionsFrom(page.Versions, false), ...versionsFrom(page.DeleteMarkers, true)]
      }),
    uploads: (limit = PAGE) =>
      asked('list the uploads of the bucket', async (client, { ListMultipartUploadsCommand }, Bucket) => {
        const page = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: limit }))
        return (page.Uploads ?? []).map(({ Key = '', UploadId = '' }) => ({ key: Key, id: UploadId }))
      }),
    async deleteVersions(versions) {
      const told = versions.filter(({ key }) => isXml(key))
      const left = told.length === 0 ? [] : await deleteTold(asked, told)
      for (const version of versions.filter(({ key }) => !isXml(key))) await deleteOne(asked, version)
      return left
    },
    abortUpload: ({ key, id }) =>
      asked('abort an upload', async (client, { AbortMultipartUploadCommand }, Bucket) => {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: id }))
      })
  }
}

/** XML has no way to write the other characters, but a key may have them. */
function isXml(key: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(key)
}

function deleteTold(asked: Ask, versions: readonly ObjectVersion[]): ReturnType<Bucket['deleteVersions']> {
  return asked('remove objects', async (client, { DeleteObjectsCommand }, Bucket) => {
    const Objects = versions.map(({ key, version }) => ({ Key: key, VersionId: version }))
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })
    )
    return Errors.map(({ Key = '', VersionId = '', Code = '' }) => ({
      key: Key,
      version: VersionId,
      code: Code
    }))
  })
}

function deleteOne(asked: Ask, { key, version }: ObjectVersion): Promise<void> {
  return asked('remove an object', async (client, { DeleteObjectCommand }, Bucket) => {
    await client.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: version }))
  })
}

function objectsOf(asked: Ask): Pick<Bucket, 'retention' | 'legalHold' | 'put' | 'get'> {
  return {
    retention: ({ key, version }) =>
      asked('read how long an object is kept', async (client, { GetObjectRetentionCommand }, Bucket) => {
        const look = client.send(new GetObjectRetentionCommand({ Bucket, Key: key, VersionId: version }))
        return (await unless(NO_LOCK, look))?.Retention?.RetainUntilDate
      }),
    legalHold: ({ key, version }) =>
      asked('read whether an object is held', async (client, { GetObjectLegalHoldCommand }, Bucket) => {
        const look = client.send(new GetObjectLegalHoldCommand({ Bucket, Key: key, VersionId: version }))
        return (await unless(NO_LOCK, look))?.LegalHold?.Status === 'ON'
      }),
    put: (key, content) =>
      asked('write an object', async (client, { PutObjectCommand }, Bucket) => {
        await client.send(new PutObjectCommand({ Bucket, Key: key, Body: content }))
      }),
    get: (key) =>
      asked('read an object', async (client, { GetObjectCommand }, Bucket) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
        return (await Body?.transformToString()) ?? ''
      })
  }
}

const NO_TAGS = ['NoSuchTagSet', 'NoSuchTagSetError']
const NO_POLICY = ['NoSuchBucketPolicy']
/** Also where the endpoint knows of no locks at all. */
const NO_LOCK = [
  'ObjectLockConfigurationNotFoundError',
  'NoSuchObjectLockConfiguration',
  'NotImplemented',
  'MethodNotAllowed'
]

/** What is not set is told as an error. */
async function unless<T>(codes: readonly string[], look: Promise<T>): Promise<T | undefined> {
  try {
    return await look
  } catch (error) {
    const isTold = error instanceof ProviderFailure && error.cause instanceof S3Code
    if (isTold && codes.includes((error.cause as S3Code).code)) return undefined
    throw error
  }
}

function policyFrom(text: string): JsonObject {
  const policy = JSON.parse(text)
  if (isObject(policy)) return policy
  throw new ProviderFailure('unexpected', 'the policy of the bucket is no object')
}

function versionsFrom(
  listed:
    | readonly { readonly Key?: string | undefined; readonly VersionId?: string | undefined }[]
    | undefined,
  isMarker: boolean
): readonly ObjectVersion[] {
  return (listed ?? []).map(({ Key = '', VersionId = 'null' }) => ({
    key: Key,
    version: VersionId,
    isMarker
  }))
}
