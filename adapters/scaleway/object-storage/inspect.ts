import type { Finding } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { remedyOf } from '../errors.ts'
import { bucketsOf, type Store } from './store.ts'

/** What an organisation may have until Scaleway allows it more. */
const USUAL_QUOTAS = [
  ['applications', 100],
  ['policies', 50],
  ['api-keys', 50]
] as const
const USUAL_BUCKETS = 100
/** An instance needs two of them, a binding one. */
const NEARLY = 4

const IAM = 'object storage, IAM'
const SETTINGS = 'objectStorage.accessKey and objectStorage.organizationId'

/** Whether buckets can be made in each region, and keys for them at IAM. */
export async function inspectObjectStorage(
  store: Store | undefined,
  regions: readonly string[],
  call: Call
): Promise<readonly Finding[]> {
  if (store === undefined) return [notSet()]
  const findings: Finding[] = []
  for (const region of regions) findings.push(...(await inspectBuckets(store, region, call)))
  const rights = 'give the key IAMApplicationManager and IAMPolicyManager in the organisation'
  return [...findings, ...(await toldAs(IAM, rights, () => inspectIam(store, call)))]
}

function notSet(): Finding {
  return {
    level: 'warning',
    subject: 'object storage',
    text: `No plan of object storage is offered: ${SETTINGS} are not set.`,
    remedy: `set ${SETTINGS}, or take the plans of object storage out of the catalog`
  }
}

function inspectBuckets(store: Store, region: string, call: Call): Promise<readonly Finding[]> {
  const subject = `object storage of ${region}`
  return toldAs(subject, 'give the key ObjectStorageFullAccess in the project', async () => {
    const { length } = await bucketsOf(store, region, call)
    return [counted(subject, `${length} buckets in the project`, length, USUAL_BUCKETS)]
  })
}

async function inspectIam(store: Store, call: Call): Promise<readonly Finding[]> {
  const { iam, accessKey, organizationId } = store
  const { bearer } = await iam.apiKey(call, accessKey)
  if (bearer.kind === 'user') {
    const text =
      'The key is a person’s: buckets would be open to that person, and closed to any other key of the broker.'
    return [{ level: 'warning', subject: IAM, text, remedy: 'use a key of an application' }]
  }
  const own = await iam.application(call, bearer.id)
  if (own.organizationId !== organizationId) {
    const remedy = `set objectStorage.organizationId to ${own.organizationId}`
    return [{ level: 'refused', subject: IAM, text: 'The key is one of another organisation.', remedy }]
  }
  const findings: Finding[] = []
  for (const [collection, quota] of USUAL_QUOTAS) {
    const count = await iam.count(call, collection)
    const text = `${count} ${collection.replace('-', ' ')} in the organisation`
    findings.push(counted(IAM, text, count, quota))
  }
  return findings
}

function counted(subject: string, text: string, count: number, quota: number): Finding {
  if (count <= quota - NEARLY) return { level: 'ok', subject, text }
  const remedy = 'ask Scaleway for a higher quota'
  return { level: 'warning', subject, text: `${text}: the usual quota is ${quota}`, remedy }
}

async function toldAs(
  subject: string,
  rights: string,
  look: () => Promise<readonly Finding[]>
): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return [{ level: 'refused', subject, text: error.message, ...remedyOf(error, rights) }]
  }
}
