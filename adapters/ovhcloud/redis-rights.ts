import type { NewUser } from './types.ts'

type Rights = Omit<NewUser, 'name'>

/**
 * The rights that the family gives on a server of its own (`src/families/redis/rights.ts`, which says why), as OVHcloud wants them: it
 * applies the categories first, then the commands.
 */
export const WRITER: Rights = {
  keys: ['*'],
  channels: ['*'],
  categories: ['+@all', '-@admin', '-@dangerous'],
  commands: [
    '-script|debug',
    '+keys',
    '+sort',
    '+sort_ro',
    '+flushdb',
    '+flushall',
    '+swapdb',
    '+info',
    '+role',
    '+restore'
  ]
}

export const READER: Rights = {
  keys: ['*'],
  channels: ['*'],
  categories: ['-@all', '+@read', '+@transaction', '+@pubsub', '+@connection', '-@admin', '-@dangerous'],
  commands: ['-publish', '-spublish', '+keys', '+sort_ro', '+info', '+role']
}
