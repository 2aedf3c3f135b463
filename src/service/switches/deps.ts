import type { Examination } from '../../contract/move.ts'
import type { Destination } from '../../domain/destination.ts'
import type { Platform } from '../../domain/platform.ts'
import type { Deps } from '../deps.ts'

/** What the use cases of switches need besides. */
export interface SwitchDeps extends Deps {
  /** A configured platform. */
  platform(name: string): Platform | undefined
  /** Asks both ends, within a minute, and touches nothing. Throws `Refusal` where they do not answer. */
  examine(destination: Destination): Promise<Examination>
  /** Logins that the provider's servers have turned away since then, where they can be asked: not only those of one instance. */
  turnedAway(provider: string, since: number): Promise<readonly TurnedAway[]>
}

/** A login that a server turned away. */
export interface TurnedAway {
  readonly login: string
  readonly times: number
  readonly lastAt: number
}
