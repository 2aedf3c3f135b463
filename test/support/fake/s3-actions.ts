/** One right that a request needs, in the words of policies: `s3:GetObject` of a key, `s3:ListBucket` of a bucket. */
export interface Need {
  readonly action: string
  readonly bucket: string
  /** Absent: it is about the bucket. */
  readonly key?: string
}

export interface Aim {
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Which action a request is, by its method and the sub-resource in its query; the empty one is the thing itself. */
const OF_BUCKET: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GET: {
    versions: 'ListBucketVersions',
    uploads: 'ListBucketMultipartUploads',
    tagging: 'GetBucketTagging',
    versioning: 'GetBucketVersioning',
    policy: 'GetBucketPolicy',
    location: 'GetBucketLocation',
    acl: 'GetBucketAcl',
    cors: 'GetBucketCORS',
    lifecycle: 'GetLifecycleConfiguration',
    website: 'GetBucketWebsite',
    'object-lock': 'GetBucketObjectLockConfiguration',
    '': 'ListBucket'
  },
  HEAD: { '': 'HeadBucket' },
  PUT: {
    tagging: 'PutBucketTagging',
    versioning: 'PutBucketVersioning',
    policy: 'PutBucketPolicy',
    acl: 'PutBucketAcl',
    cors: 'PutBucketCORS',
    lifecycle: 'PutLifecycleConfiguration',
    website: 'PutBucketWebsite',
    'object-lock': 'PutBucketObjectLockConfiguration',
    '': 'CreateBucket'
  },
  DELETE: {
    tagging: 'PutBucketTagging',
    policy: 'DeleteBucketPolicy',
    cors: 'PutBucketCORS',
    lifecycle: 'PutLifecycleConfiguration',
    website: 'DeleteBucketWebsite',
    '': 'DeleteBucket'
  }
}

const OF_OBJECT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GET: {
    tagging: 'GetObjectTagging',
    acl: 'GetObjectAcl',
    retention: 'GetObjectRetention',
    'legal-hold': 'GetObjectLegalHold',
    uploadId: 'ListMultipartUploadParts',
    versionId: 'GetObjectVersion',
    '': 'GetObject'
  },
  HEAD: { versionId: 'GetObjectVersion', '': 'GetObject' },
  PUT: {
    tagging: 'PutObjectTagging',
    acl: 'PutObjectAcl',
    retention: 'PutObjectRetention',
    'legal-hold': 'PutObjectLegalHold',
    '': 'PutObject'
  },
  POST: { uploads: 'PutObject', uploadId: 'PutObject', restore: 'RestoreObject' },
  DELETE: {
    tagging: 'DeleteObjectTagging',
    uploadId: 'AbortMultipartUpload',
    versionId: 'DeleteObjectVersion',
    '': 'DeleteObject'
  }
}

/** Every right that a request needs; undefined: it is none that is known here. */
export function needsOf(aim: Aim): readonly Need[] | undefined {
  const { method, bucket, key, query } = aim
  if (key === '') {
    if (method === 'POST' && query.has('delete')) return removals(aim)
    const action = actionIn(OF_BUCKET[method], query)
    return action === undefined ? undefined : [{ action, bucket }]
  }
  const action = actionIn(OF_OBJECT[method], query)
  if (action === undefined) return undefined
  return [{ action, bucket, key }, ...copied(aim)]
}

function actionIn(
  table: Readonly<Record<string, string>> | undefined,
  query: URLSearchParams
): string | undefined {
  const name = Object.keys(table ?? {}).find((each) => each === '' || query.has(each))
  return name === undefined ? undefined : `s3:${table?.[name] ?? ''}`
}

/** A copy reads its source too. */
function copied({ headers }: Aim): readonly Need[] {
  const source = headers['x-amz-copy-source']
  if (source === undefined) return []
  const [bucket = '', key = ''] = decodeURIComponent(source)
    .replace(/^\//, '')
    .split(/\/(.*)/s)
  return [{ action: 's3:GetObject', bucket, key: key.split('?')[0] ?? '' }]
}

/** A removal of many in one request is a right over each of them. */
function removals({ bucket, body }: Aim): readonly Need[] {
  const objects = body.toString('utf8').matchAll(/<Object>(.*?)<\/Object>/gs)
  return [...objects].map(([, object = '']) => ({
    action: object.includes('<VersionId>') ? 's3:DeleteObjectVersion' : 's3:DeleteObject',
    bucket,
    key: /<Key>(.*?)<\/Key>/s.exec(object)?.[1] ?? ''
  }))
}
