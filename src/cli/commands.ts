import { OPERATION_KINDS } from '../domain/operation.ts'
import { ADAPTER_COMMANDS } from './adapter/commands.ts'
import type { Command, Option } from './command.ts'
import { JSON_OPTION, PAGING } from './common-options.ts'
import { SWITCH_COMMANDS } from './switch/commands.ts'

const INSTANCE = { name: 'ID', help: "the broker's id of a service instance, or the platform's" }
const OPERATION = { name: 'ID', help: 'the id of an operation' }
const PLATFORM: Option = { value: 'NAME', help: 'only of this platform' }

/** Every command: drives help, completion and dispatch. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'start',
    summary: 'run the broker',
    details: [
      'Runs until SIGTERM or SIGINT, then finishes the steps that run and exits within 10 seconds.',
      'Settings: portolan.yaml (PORTOLAN_CONFIG names another file), overridden by HOST, PORT, DATABASE_URL,',
      'PORTOLAN_DATA, PORTOLAN_URL, PORTOLAN_USERNAME, PORTOLAN_PASSWORD, PORTOLAN_KEYS,',
      'PORTOLAN_SIGNING_KEY, LOG_LEVEL.'
    ],
    example: ['portolan start', 'PORT=9000 portolan start'],
    load: async () => (await import('./start.ts')).start
  },
  {
    name: 'migrate',
    summary: "bring the store to this program's schema",
    details: ['`start` does the same. A newer schema than this program knows is refused.'],
    options: { json: JSON_OPTION },
    example: ['portolan migrate'],
    load: async () => (await import('./migrate.ts')).migrate
  },
  {
    name: 'catalog check',
    summary: 'find every mistake in the catalog files',
    details: ['Prints FILE:LINE: MISTAKE for each; exit code 1 when there is one.'],
    arguments: [{ name: 'FOLDER', help: 'default: the configured one', isOptional: true }],
    options: { json: JSON_OPTION },
    example: ['portolan catalog check', 'portolan catalog check ./catalog'],
    load: async () => (await import('./catalog-check.ts')).catalogCheck
  },
  {
    name: 'catalog show',
    summary: 'list the plans of the catalog',
    options: { platform: { value: 'NAME', help: 'only what this platform sees' }, json: JSON_OPTION },
    example: ['portolan catalog show', 'portolan catalog show --platform cf-production'],
    load: async () => (await import('./catalog-show.ts')).catalogShow
  },
  {
    name: 'doctor',
    summary: 'ask every provider, and check settings, store, files and catalog',
    details: [
      'Works without a running broker and changes nothing. With --live the running broker looks, with its own',
      'settings and network. Exit code 1 when something is refused; a warning is not.'
    ],
    options: { live: { help: 'let the running broker look' }, json: JSON_OPTION },
    example: ['portolan doctor', 'portolan doctor --json'],
    load: async () => (await import('./doctor.ts')).doctor
  },
  {
    name: 'instances',
    summary: 'list service instances',
    isLive: true,
    options: {
      platform: PLATFORM,
      state: {
        value: 'STATE',
        help: 'only in this state; deleted ones only so',
        choices: ['creating', 'ready', 'failed', 'deleting', 'deleted']
      },
      ...PAGING
    },
    example: ['portolan instances', 'portolan instances --state failed --json'],
    load: async () => (await import('./instances.ts')).instances
  },
  {
    name: 'instances show',
    summary: 'show one service instance, its resources, bindings and operations',
    isLive: true,
    arguments: [INSTANCE],
    options: { json: JSON_OPTION },
    example: ['portolan instances show 7c1e0c6a-3a43-4a3e-8f25-bf0a2d5f4f0e'],
    load: async () => (await import('./instances-show.ts')).instancesShow
  },
  {
    name: 'instances purge',
    summary: 'forget a service instance without asking its provider',
    isLive: true,
    details: [
      'For what can be deleted in no other way. Ends its operations, forgets its bindings and resources, and',
      'prints what stays at the provider, to be removed by hand. Asks before, unless --yes is given.'
    ],
    arguments: [INSTANCE],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan instances purge mydb', 'portolan instances purge mydb --yes --json'],
    load: async () => (await import('./instances-purge.ts')).instancesPurge
  },
  {
    name: 'instances adopt',
    summary: 'make a service instance of what stands at a provider already, with its data',
    isLive: true,
    details: [
      "What carries this broker's mark and has no service instance (portolan drift lists it) is adopted as it is;",
      'anything else where the adapter can take it over, which its README says. Nothing is made anew, and a failure',
      'destroys nothing. The platform uses it under --instance; --organization, --space and --parameters are what it',
      'sends when it orders the same again.'
    ],
    arguments: [{ name: 'NAME', help: 'what it is called at the provider' }],
    options: {
      plan: {
        value: 'PLAN',
        help: 'its name or id, as in portolan catalog show; says the provider',
        isRequired: true
      },
      service: { value: 'SERVICE', help: 'the offering, where several have a plan of that name' },
      platform: { value: 'NAME', help: 'whose it becomes', isRequired: true },
      instance: { value: 'ID', help: "the platform's id of the service instance", isRequired: true },
      organization: { value: 'ID', help: "the platform's organization_guid" },
      space: { value: 'ID', help: "the platform's space_guid" },
      region: { value: 'REGION', help: 'where it stands, if it does not carry our mark' },
      parameters: { value: 'JSON', help: 'an object, as the platform would send it' },
      view: {
        value: 'VIEW',
        help: 'whose conventions credentials follow; default cloudfoundry',
        choices: ['cloudfoundry', 'kubernetes']
      },
      json: JSON_OPTION
    },
    example: [
      'portolan instances adopt pabcdefghijklmnop234567 --service mysql --plan berlin-small --platform default --instance mydb',
      'portolan instances adopt shop --plan quay-small --platform cf --instance 7c1e0c6a-3a43-4a3e-8f25-bf0a2d5f4f0e'
    ],
    load: async () => (await import('./instances-adopt.ts')).instancesAdopt
  },
  {
    name: 'instances forget',
    summary: 'end a service instance whose resource is gone at its provider',
    isLive: true,
    details: [
      'The provider is asked first: what stands, or may stand, is refused. Bindings end with it, and the platform',
      'hears that it is gone. Asks before, unless --yes is given.'
    ],
    arguments: [INSTANCE],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan instances forget mydb'],
    load: async () => (await import('./instances-forget.ts')).instancesForget
  },
  {
    name: 'drift',
    summary: 'list how providers differ from the store, and what may be done about it',
    isLive: true,
    details: [
      "Per provider: what carries this broker's mark and has no service instance (orphans), what is gone, of another",
      'generation or broken, and where nobody can tell. Under each the commands that there are for it.'
    ],
    options: { json: JSON_OPTION },
    example: ['portolan drift', 'portolan drift --json'],
    load: async () => (await import('./drift.ts')).drift
  },
  {
    name: 'drift delete',
    summary: 'destroy one orphan, seven days after it was first seen',
    isLive: true,
    details: [
      'One at a time, by its whole name, which is typed once more or given again with --name. Its mark is read again',
      "right before. Never what a service instance has, nor what carries another broker's mark, nor in a recovery."
    ],
    arguments: [
      { name: 'PROVIDER', help: 'where it stands' },
      { name: 'NAME', help: 'its name there, as portolan drift tells it' }
    ],
    options: {
      name: { value: 'NAME', help: 'the name again, instead of being asked for it' },
      service: { value: 'SERVICE', help: 'where two services of the provider have that name' },
      json: JSON_OPTION
    },
    example: ['portolan drift delete berlin pabcdefghijklmnop234567'],
    load: async () => (await import('./drift-delete.ts')).driftDelete
  },
  {
    name: 'operations',
    summary: 'list operations',
    isLive: true,
    options: {
      state: {
        value: 'STATE',
        help: 'only in this state',
        choices: ['in progress', 'succeeded', 'failed']
      },
      kind: {
        value: 'KIND',
        help: 'only of this kind',
        choices: OPERATION_KINDS
      },
      platform: PLATFORM,
      instance: { value: 'ID', help: 'only of this service instance' },
      ...PAGING
    },
    example: ['portolan operations', "portolan operations --state 'in progress'"],
    load: async () => (await import('./operations.ts')).operations
  },
  {
    name: 'operations show',
    summary: 'show one operation',
    isLive: true,
    arguments: [OPERATION],
    options: { json: JSON_OPTION },
    example: ['portolan operations show 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./operations-show.ts')).operationsShow
  },
  {
    name: 'operations retry',
    summary: 'end the pause of an operation: it is tried again now',
    isLive: true,
    details: ['A clean-up that was ended is done again, by a new operation.'],
    arguments: [OPERATION],
    options: { json: JSON_OPTION },
    example: ['portolan operations retry 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./operations-retry.ts')).operationsRetry
  },
  {
    name: 'operations fail',
    summary: 'end an operation as failed',
    isLive: true,
    details: [
      'A step that runs is let finish. A failed create or bind still cleans up after itself; a clean-up that is',
      'ended leaves what stands at the provider.'
    ],
    arguments: [OPERATION],
    options: { json: JSON_OPTION },
    example: ['portolan operations fail 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./operations-fail.ts')).operationsFail
  },
  ...SWITCH_COMMANDS,
  ...ADAPTER_COMMANDS,
  {
    name: 'keys rotate',
    summary: 'seal everything anew with the first key, while the broker serves',
    isLive: true,
    details: [
      '1. Put a new key first: PORTOLAN_KEYS="new:$(openssl rand -base64 32),$PORTOLAN_KEYS", or as the first',
      '   line of the file `keys` in the data folder. Restart.',
      '   Several copies: put it last and restart every one, so that each can open what the others seal; then first,',
      '   and restart every one again.',
      '2. portolan keys rotate',
      '3. Remove the old key and restart. Backups made before still need it.'
    ],
    options: { json: JSON_OPTION },
    example: ['portolan keys rotate'],
    load: async () => (await import('./keys-rotate.ts')).keysRotate
  },
  {
    name: 'password hash',
    summary: 'make a `passwordHash` for the settings from a password that a person chose',
    details: [
      'Reads the password from the terminal, or the first line of standard input; never from an argument.'
    ],
    example: ['portolan password hash', 'portolan password hash < password.txt'],
    load: async () => (await import('./password-hash.ts')).passwordHash
  },
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
    name: 'backup',
    summary: 'copy the store into a file, also while the broker runs',
    details: [
      'One consistent moment of SQLite or PostgreSQL; either can be restored from it. Readable by this user only.',
      'The keys are not in it: keep them in another place, for the copy cannot be opened without them.'
    ],
    arguments: [{ name: 'FILE', help: 'is made; must not be there yet' }],
    options: { json: JSON_OPTION },
    example: ['portolan backup portolan-2026-01-31.backup'],
    load: async () => (await import('./backup.ts')).backup
  },
  {
    name: 'restore',
    summary: 'fill the store from a file that `portolan backup` made',
    details: [
      'No broker may run. The file is read to its end first: one that was cut off or changed, that is of a newer',
      'version, or whose keys are not configured is refused. The next start compares the store with what was seen of',
      'it later; when it is older, the broker only answers reads until `portolan recover` has confirmed.'
    ],
    arguments: [{ name: 'FILE', help: 'the backup' }],
    options: {
      replace: { help: 'remove what is in the store now' },
      yes: { help: 'do not ask' },
      json: JSON_OPTION
    },
    example: ['portolan restore portolan-2026-01-31.backup --replace'],
    load: async () => (await import('./restore.ts')).restore
  },
  {
    name: 'recover',
    summary: 'show how providers differ from the store, and end a recovery',
    isLive: true,
    details: [
      'A broker whose store is older than what was seen of it (an old backup was restored) answers reads and polls,',
      'changes nothing, and says 503 to everything else. This lists what stands at providers unknown, what is gone',
      'there, and what differs; then it asks, and the broker works again. Nothing is removed by it.'
    ],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan recover', 'portolan recover --yes --json'],
    load: async () => (await import('./recover.ts')).recover
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    arguments: [{ name: 'SHELL', help: 'bash or zsh', choices: ['bash', 'zsh'] }],
    example: ['source <(portolan completion bash)', 'portolan completion zsh > ~/.zfunc/_portolan'],
    load: async () => (await import('./completion.ts')).completion
  },
  {
    name: 'help',
    summary: 'show this, or the help of a command',
    arguments: [
      { name: 'COMMAND', help: 'one of the commands', isOptional: true },
      { name: 'SUBCOMMAND', help: 'its second word', isOptional: true }
    ],
    example: ['portolan help', 'portolan help instances purge'],
    load: async () => (await import('./help.ts')).help
  },
  {
    name: 'version',
    summary: 'print the version',
    example: ['portolan version'],
    load: async () => (await import('./version.ts')).version
  }
]

/** The command that these words begin with: two words before one. */
export function findCommand(words: readonly string[]): Command | undefined {
  const [first = '', second = ''] = words
  const named = (name: string) => COMMANDS.find((command) => command.name === name)
  return named(`${first} ${second}`) ?? named(first)
}

/** The second words that a first word may have. */
export function subcommands(first: string): readonly string[] {
  return COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []))
}
