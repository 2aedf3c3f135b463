import type { Command } from './command.ts'
import { JSON_OPTION, PAGING, PLATFORM } from './common-options.ts'

/** What was done, and the proof of it. */
export const AUDIT_COMMANDS: readonly Command[] = [
  {
    name: 'audit show',
    summary: 'what was done, by whom',
    isLive: true,
    options: {
      subject: {
        value: 'SUBJECT',
        help: "'instance ID', 'binding ID', 'operation ID', keys; an ID alone finds all"
      },
      platform: PLATFORM,
      actor: { value: 'ACTOR', help: 'platform, broker or operator:NAME' },
      ...PAGING
    },
    example: ['portolan audit show', 'portolan audit show --subject mydb'],
    load: async () => (await import('./audit-show.ts')).auditShow
  },
  {
    name: 'audit verify',
    summary: 'find a changed, missing, inserted or cut-off row of the audit',
    isLive: true,
    details: [
      'Every committed row is sealed into a chain by a key that is not in the store. Each fault names its row; exit',
      'code 1 when there is one. The end is compared with audit.checkpoint of the data folder and with audit.sink.',
      'With FILE, what `portolan audit export` wrote is verified with the keys of the settings; no broker is asked.'
    ],
    arguments: [{ name: 'FILE', help: 'an export', isOptional: true }],
    options: { json: JSON_OPTION },
    example: ['portolan audit verify', 'portolan audit verify audit.ndjson --json'],
    load: async () => (await import('./audit-verify.ts')).auditVerify
  },
  {
    name: 'audit export',
    summary: 'print the audit with its seals as NDJSON',
    isLive: true,
    example: ['portolan audit export > audit.ndjson'],
    load: async () => (await import('./audit-export.ts')).auditExport
  },
  {
    name: 'receipt verify',
    summary: 'verify the signature of a receipt, offline',
    details: [
      'Works anywhere: it needs no settings and asks nobody. Says `valid` (exit code 0), `not valid` or',
      '`could not be verified` (both 1). A receipt of a did:jwk brings its key along; for one of a did:web save the',
      "issuer's did.json once, when you trust the place where it lies, and give it with --did."
    ],
    arguments: [{ name: 'FILE', help: 'the receipt, a VC-JWT; - reads standard input' }],
    options: {
      did: { value: 'FILE', help: "the issuer's DID document" },
      json: JSON_OPTION
    },
    example: [
      'portolan receipt verify receipt.jwt --did did.json',
      'portolan receipt verify - < receipt.jwt'
    ],
    load: async () => (await import('./receipt-verify.ts')).receiptVerify
  }
]
