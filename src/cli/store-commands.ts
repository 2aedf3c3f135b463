import type { Command } from './command.ts'
import { JSON_OPTION } from './common-options.ts'

/** The store as a whole, and a way back. */
export const STORE_COMMANDS: readonly Command[] = [
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
  }
]
