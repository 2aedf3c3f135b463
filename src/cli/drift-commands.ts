import type { Command } from './command.ts'
import { JSON_OPTION } from './common-options.ts'

/** How providers differ from the store. */
export const DRIFT_COMMANDS: readonly Command[] = [
  {
    name: 'drift',
    summary: 'list how providers differ from the store, and what may be done about it',
    isLive: true,
    details: [
      "Per provider: what carries this broker's mark and has no service instance (orphans), what is gone, of another",
      'generation or broken, and where nobody can tell. Under each the commands that there are for it. The broker looks',
      'by itself once a day, too (drift.everyHours); what it found is in its log, in portolan doctor and in /metrics.'
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
  }
]
