import type { Finding } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { accountOf } from './bucket-access.ts'
import { type Client, hasTopics } from './client.ts'
import type { Settings } from './settings.ts'

/** Whether the account's key works, and what it can do for bindings. */
export async function inspect(
  settings: Settings,
  client: Client | undefined,
  call: Call
): Promise<readonly Finding[]> {
  const account = await toldAs('account', () => inspectAccount(settings, call))
  if (client === undefined) return [...account, oneKey()]
  const keys = await toldAs('keys', () => inspectKeys(settings, client, call))
  return [...account, ...keys, ...(await toldAs('topics', () => inspectTopics(settings, call)))]
}

async function toldAs(subject: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    return [{ level: 'refused', subject, text: error.message }]
  }
}

async function inspectAccount(settings: Settings, call: Call): Promise<readonly Finding[]> {
  const buckets = await call.s3(accountOf(settings)).accountBuckets()
  return [{ level: 'ok', subject: 'account', text: `${buckets.length} buckets in the account` }]
}

function oneKey(): Finding {
  return {
    level: 'warning',
    subject: 'keys',
    text: "There is no key per binding: every binding gets the account's own, which opens all of its buckets and which no unbind revokes.",
    remedy:
      'With radosgw: keys: radosgw-admin. Else sell one instance, or say isolation: shared in the plans.'
  }
}

/** They belong to everybody whom radosgw knows outside of a tenant, and no policy of a bucket keeps a key from them. */
async function inspectTopics(settings: Settings, call: Call): Promise<readonly Finding[]> {
  if (!(await hasTopics(settings, call))) return []
  const text =
    'Every binding, a read-only one too, may see, change and remove the notification topics of everybody, and what it makes there outlives it.'
  const remedy = 'ceph config set client.rgw rgw_enable_apis "s3, admin", then restart it'
  return [{ level: 'refused', subject: 'topics', text, remedy }]
}

/** Radosgw knows no others. */
const CAPABILITY = /^[\w-]+=(\*|read|write|read, ?write)$/

/** As a shell takes it: whoever runs the gateway has chosen it. */
function shellWord(text: string): string {
  return /^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

async function inspectKeys(settings: Settings, client: Client, call: Call): Promise<readonly Finding[]> {
  const subject = 'keys'
  const owner = await client.userWithKey(call, settings.accessKeyId)
  if (owner.tenant !== '') {
    const remedy = 'Make an account outside of any tenant.'
    const text = `The account belongs to the tenant ${owner.tenant} of radosgw.`
    return [{ level: 'refused', subject, text, remedy }]
  }
  const admin = await client.userWithKey(call, settings.admin?.accessKeyId ?? settings.accessKeyId)
  const { users, ...more } = admin.capabilities
  if (users !== '*') {
    const remedy = `radosgw-admin caps add --uid=${shellWord(admin.id)} --caps="users=*"`
    return [{ level: 'refused', subject, text: 'The admin key may not make users.', remedy }]
  }
  const others = Object.entries(more)
    .map(([type, right]) => `${type}=${right}`)
    .filter((each) => CAPABILITY.test(each))
  if (others.length === 0) return [{ level: 'ok', subject, text: 'A key is made for every binding.' }]
  const remedy = `radosgw-admin caps rm --uid=${shellWord(admin.id)} --caps="${others.join(';')}"`
  return [{ level: 'warning', subject, text: 'The admin key may do more than it needs.', remedy }]
}
