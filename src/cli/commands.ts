import { ADAPTER_COMMANDS } from './adapter/commands.ts'
import { AUDIT_COMMANDS } from './audit-commands.ts'
import type { Command } from './command.ts'
import { JSON_OPTION } from './common-options.ts'
import { DRIFT_COMMANDS } from './drift-commands.ts'
import { INSTANCE_COMMANDS } from './instance-commands.ts'
import { OPERATION_COMMANDS } from './operation-commands.ts'
import { STORE_COMMANDS } from './store-commands.ts'
import { SWITCH_COMMANDS } from './switch/commands.ts'

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
  ...INSTANCE_COMMANDS,
  ...DRIFT_COMMANDS,
  ...OPERATION_COMMANDS,
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
  ...AUDIT_COMMANDS,
  ...STORE_COMMANDS,
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
