import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { webDid } from '../../trust/did.ts'

/** What can be said about sound settings: what is missing for some of what they promise. */
export function examineSettings(config: Config, registry: OpenRegistry): readonly Diagnosis[] {
  const { platforms } = config
  const names = platforms.map(({ name }) => name).join(', ')
  const found: Diagnosis = {
    about: 'settings',
    level: 'ok',
    subject: 'platforms',
    text: names
  }
  return [
    found,
    receiptNote(config),
    ...networkFindings(config, registry),
    ...clearText(config),
    ...auditSink(config)
  ]
}

/** Either way receipts verify; only a name says whose they are. */
function receiptNote({ publicUrl }: Config): Diagnosis {
  const did = publicUrl === undefined ? undefined : webDid(publicUrl)
  const note = { about: 'settings', level: 'ok', subject: 'receipts' } as const
  if (did !== undefined) return { ...note, text: `are signed as ${did}` }
  return {
    ...note,
    text: 'are signed by a key without a name (did:jwk): they prove only that the holder of that key signed',
    remedy: 'set PORTOLAN_URL to a public https address with a DNS name'
  }
}

/** Providers with a firewall refuse every order while it is not known whom to let in. */
function networkFindings(
  { platforms, brokerAddresses }: Config,
  registry: OpenRegistry
): readonly Diagnosis[] {
  const guarded = Object.keys(registry.adapters).filter((name) =>
    Object.values(registry.provider(name)?.drivers ?? {}).some(({ networkRules }) => networkRules === true)
  )
  if (guarded.length === 0) return []
  const missing = [
    ...(brokerAddresses.length === 0 ? ['brokerAddresses'] : []),
    ...platforms.flatMap(({ name, allowFrom }) =>
      allowFrom.length === 0 ? [`platforms.${name}.allowFrom`] : []
    )
  ]
  return missing.map((subject) => ({
    about: 'settings',
    level: 'warning',
    subject,
    text: `is not set: ${guarded.join(', ')} lets nobody in whose network is not named, so orders are refused`,
    remedy: `set ${subject} to a list of networks such as 203.0.113.0/24`
  }))
}

function clearText({ listen }: Config): readonly Diagnosis[] {
  const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(listen.host)
  if (listen.tls || isLocal) return []
  return [
    {
      about: 'settings',
      level: 'warning',
      subject: 'listen',
      text: `${listen.host} is served without TLS: logins and credentials pass in clear text unless a proxy stands in front`,
      remedy: 'set listen.tls.cert and listen.tls.key'
    }
  ]
}

/** Beside SQLite the data folder lies on one machine with the store, and is not part of its backup. */
function auditSink({ database }: Config): readonly Diagnosis[] {
  if (database.kind !== 'postgres') return []
  return [
    {
      about: 'settings',
      level: 'warning',
      subject: 'audit',
      text: 'with postgres:// no place outside the store keeps the end of the audit: a restored old backup is not noticed',
      remedy: 'keep what `portolan audit show --json` prints in another place'
    }
  ]
}
