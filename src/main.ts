import type { Config } from './config/config.ts'
import { completed } from './config/first-start.ts'
import type { Around, RunningBroker } from './start/broker.ts'
import { takeDataFolder } from './start/data-folder.ts'
import { withLocalProviders } from './start/local-providers.ts'

export interface StartedBroker extends RunningBroker {
  /** The platform's login was made by us and lies in the data folder. */
  readonly hasGeneratedLogin: boolean
}

/**
 * The whole program, started: local servers first, because they take the longest, then everything else beside them.
 * Throws before anything is left running.
 */
export async function startBroker(given: Config, around?: Around): Promise<StartedBroker> {
  const folder = takeDataFolder(given)
  try {
    const local = withLocalProviders(given, folder)
    // Handled where it is awaited; a failure while the rest is loaded must not end the process.
    local.catch(() => {})
    // Loaded while the servers start.
    const { runBroker } = await import('./start/broker.ts')
    const broker = await runBroker(completed(given), local, folder, around)
    return { ...broker, hasGeneratedLogin: given.platforms.some(({ logins }) => logins.length === 0) }
  } catch (error) {
    folder.release()
    throw error
  }
}
