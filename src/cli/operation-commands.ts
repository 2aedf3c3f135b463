import { OPERATION_KINDS } from '../domain/operation.ts'
import type { Command } from './command.ts'
import { JSON_OPTION, PAGING, PLATFORM } from './common-options.ts'

const OPERATION = { name: 'ID', help: 'the id of an operation' }

/** What the broker has in hand. */
export const OPERATION_COMMANDS: readonly Command[] = [
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
  }
]
