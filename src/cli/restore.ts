import { createReadStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { takeDataFolderAlone } from '../start/data-folder.ts'
import { explained, nameOf, openAsItIs } from '../start/open-store.ts'
import { otherProcesses } from '../store/other-processes.ts'
import {
  type CheckedBackup,
  checkBackup,
  restore as fill,
  holdsRows,
  type Lines,
  NotABackup
} from '../store/restore.ts'
import { openSeal } from '../store/seal.ts'
import { openStore, type Store } from '../store/store.ts'
import type { Input } from './command.ts'
import { confirmTyped } from './confirm-typed.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { keysOf } from './keys-of.ts'
import { linesIn } from './lines.ts'
import { print, printJson } from './output.ts'

export async function restore({ arguments: { FILE = '' }, options }: Input): Promise<number> {
  const config = loadConfig(process.env)
  const path = resolve(FILE)
  if (!existsSync(path)) throw new CommandFailure(EXIT.failed, `there is no file ${path}`)
  const seal = openSeal(keysOf(config))
  const lines = linesOf(path)
  const folder = takeDataFolderAlone(config)
  try {
    const checked = await checkBackup({ seal }, lines)
    const database = await openAsItIs(config)
    try {
      const store = openStore(database, seal)
      await mayFill(store, config, options)
      await fill(store, checked, lines)
    } finally {
      await database.close()
    }
    tellResult(checked, config, options['json'] !== undefined)
    return EXIT.ok
  } catch (error) {
    throw error instanceof CommandFailure || error instanceof NotABackup
      ? error
      : explained(error, config.database)
  } finally {
    folder.release()
  }
}

async function mayFill(store: Store, config: Config, options: Input['options']): Promise<void> {
  const name = nameOf(config.database)
  const others = await otherProcesses(store.database)
  if (others > 0)
    throw new CommandFailure(
      EXIT.failed,
      `${name} is in use by a running broker (${others} connections): stop it first`
    )
  if (!(await holdsRows(store))) return
  if (!options['replace'])
    throw new CommandFailure(EXIT.failed, `${name} is not empty: give --replace to remove what is in it`)
  if (!options['yes']) await confirmTyped(`Everything in ${name} is removed.\n`, 'replace')
}

function tellResult({ head, rows }: CheckedBackup, config: Config, isJson: boolean): void {
  const made = new Date(head.at).toISOString()
  if (isJson) printJson({ rows, schema: head.schema, broker: head.broker, made })
  else
    print(
      `${nameOf(config.database)} is as it was on ${made} (${rows} rows). Should it be older than what was made since, the broker says so when it starts.\n`
    )
}

/** A file that was cut off ends in the middle of what was packed, or of what it says. */
function linesOf(path: string): Lines {
  return async function* () {
    const packed = createReadStream(path)
    const unpacked = createGunzip()
    packed.on('error', (error) => unpacked.destroy(error))
    try {
      yield* linesIn(packed.pipe(unpacked))
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).path === 'string') throw error
      throw new NotABackup('the backup is cut off, damaged, or no backup of Portolan')
    }
  }
}
