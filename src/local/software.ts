import type { Server } from './server.ts'

/** What differs between the kinds of servers. */
export interface Software {
  /** As people know it, for sentences. */
  readonly title: string
  /** Its path. A link stays one: some programs ask by what name they were called. */
  readonly program: string
  /** Fills the empty folder `data`, which then gets its name; the password is the managed root's. */
  fill(server: Server, data: string, password: string): Promise<void>
  /** What the program is told at its start; never a secret. */
  words(server: Server): readonly string[]
  /** What serves this server's data now; only that process where one is named. */
  living(server: Server, pid?: number): Living | undefined
  readonly ending: Ending
}

export interface Living {
  readonly pid: number
  readonly port: number
  /** `strange`: nothing is known of it but that it is there. */
  readonly status: 'starting' | 'ready' | 'stopping' | 'strange'
}

/** How what serves a data folder is ended, known without anything but the folder. */
export interface Ending {
  /** Who is told first, by `polite`: the others end with them. */
  heads(data: string): readonly number[]
  readonly polite: NodeJS.Signals
  /** For all that are left; the next start recovers. */
  readonly firm: NodeJS.Signals
  /** What a killed server leaves in the way of the next. */
  readonly leavings: readonly string[]
}
