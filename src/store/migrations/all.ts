import { start } from './0001-start.ts'
import { switches } from './0002-switch.ts'
import { signingKeys } from './0003-signing-keys.ts'
import { auditChain } from './0004-audit-chain.ts'
import { orphans } from './0005-orphans.ts'
import { provider } from './0006-provider.ts'
import { looks } from './0007-looks.ts'

/** In order; the position is the schema's version. A migration that has been released is never edited. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  start,
  switches,
  signingKeys,
  auditChain,
  orphans,
  provider,
  looks
]
