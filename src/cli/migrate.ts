import { keysFor } from '../config/first-start.ts'
import { loadConfig } from '../config/load-config.ts'
import { takeDataFolder } from '../start/data-folder.ts'
import { nameOf, openMigrated } from '../start/open-store.ts'
import type { Input } from './command.ts'
import { print, printJson } from './output.ts'

export async function migrate({ options }: Input): Promise<number> {
  const config = loadConfig(process.env)
  const folder = takeDataFolder(config)
  try {
    // Made first: a store without keys beside it counts as one that lost them.
    keysFor(config)
    const { database, from, to } = await openMigrated(config)
    await database.close()
    if (options['json']) printJson({ from, to })
    else
      print(
        `${nameOf(config.database)} ${from === to ? `has schema ${to}` : `went from schema ${from} to ${to}`}\n`
      )
    return 0
  } finally {
    folder.release()
  }
}
