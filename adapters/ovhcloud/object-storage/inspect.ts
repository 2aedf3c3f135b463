import type { Finding } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { Call } from '../../../src/contract/ports.ts'
import { remedyOf } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Provider } from './look.ts'

/** https://github.com/ovh/docs/blob/develop/pages/storage_and_backup/object_storage/s3_limitations/guide.en-gb.md */
const MOST_USERS = 1000
const MOST_BUCKETS = 100
/** Of each, from which on somebody should ask for more. */
const FULL = 0.9

const RIGHTS = {
  client:
    'allow publicCloudProject:apiovh:user/* and publicCloudProject:apiovh:region/storage/* on the project to the service account',
  application:
    'grant the consumer key /cloud/project/<project>/user, /cloud/project/<project>/user/* and /cloud/project/<project>/region/*'
}

/** Never refused: who sells no buckets needs no rights for them. */
export async function inspectStorage(provider: Provider, call: Call): Promise<readonly Finding[]> {
  const { client, settings } = provider
  const findings = [
    await look(settings, 'users of the project', async () => {
      const { length } = await client.users(call)
      return counted('users of the project', length, `${length} of ${MOST_USERS}`, MOST_USERS)
    })
  ]
  let buckets = 0
  for (const region of settings.storageRegions) {
    const subject = `object storage in ${region}`
    findings.push(
      await look(settings, subject, async () => {
        const { length } = await client.buckets(call, region)
        buckets += length
        return { level: 'ok', subject, text: `${length} buckets` }
      })
    )
  }
  if (buckets < MOST_BUCKETS * FULL) return findings
  return [...findings, counted('buckets', buckets, `${buckets} of ${MOST_BUCKETS} usual ones`, MOST_BUCKETS)]
}

async function look(
  { credentials }: Settings,
  subject: string,
  use: () => Promise<Finding>
): Promise<Finding> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const text = `buckets cannot be sold: ${error.message}`
    return { level: 'warning', subject, text, ...remedyOf(error, credentials.kind, RIGHTS) }
  }
}

function counted(subject: string, count: number, text: string, most: number): Finding {
  if (count < most * FULL) return { level: 'ok', subject, text }
  return {
    level: 'warning',
    subject,
    text,
    remedy: "ask OVHcloud's support for more, or use another project"
  }
}
