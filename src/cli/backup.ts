import { existsSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { explained, nameOf } from '../start/open-store.ts'
import { backupLines } from '../store/backup.ts'
import { schemaOf } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { openSeal } from '../store/seal.ts'
import { isSealedBy, openStore, type Store } from '../store/store.ts'
import type { Input } from './command.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { keysOf } from './keys-of.ts'
import { print, printJson, tell } from './output.ts'

const TOLD_EVERY = 1000

/** Looks at the store past the broker, which goes on meanwhile. */
export async function backup({ arguments: { FILE = '' }, options }: Input): Promise<number> {
  const config = loadConfig(process.env)
  const path = resolve(FILE)
  if (existsSync(path)) throw new CommandFailure(EXIT.failed, `${path} is there already`)
  const seal = openSeal(keysOf(config))
  if (config.database.kind === 'sqlite' && !existsSync(config.database.path))
    throw new CommandFailure(EXIT.failed, `${nameOf(config.database)} is not there`)
  const database = await openDatabase(config.database)
  try {
    const store = openStore(database, seal)
    const schema = await knownSchema(store, config)
    const lines = await write(store, path, schema)
    if (options['json']) printJson({ file: path, lines, schema, key: seal.keyId })
    else print(`${path} has ${nameOf(config.database)}. Keep the key "${seal.keyId}" in another place.\n`)
    return EXIT.ok
  } catch (error) {
    throw error instanceof CommandFailure ? error : explained(error, config.database)
  } finally {
    await database.close()
  }
}

/** A folder that is missing, closed or full is not the database's fault. */
function whyNotWritten(error: unknown, path: string): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException
  return syscall === undefined
    ? error
    : new CommandFailure(EXIT.failed, `${path} cannot be written: ${message}`)
}

async function knownSchema(store: Store, config: Config): Promise<number> {
  const { is, known } = await schemaOf(store.database)
  if (is !== known) {
    const what = is > known ? 'use a newer version of Portolan' : 'run portolan migrate first'
    throw new CommandFailure(
      EXIT.failed,
      `${nameOf(config.database)} has schema ${is}, this program knows ${known}: ${what}`
    )
  }
  await isSealedBy(store)
  return known
}

/** Under another name until it is whole and on the disk. */
async function write(store: Store, path: string, schema: number): Promise<number> {
  const half = `${path}.half`
  let lines = 0
  try {
    await store.database.snapshot(async (session) => {
      const broker = (await store.settings.get(session, 'broker')) ?? ''
      const counted = async function* (): AsyncGenerator<string> {
        for await (const line of backupLines(store, session, { schema, broker, at: Date.now() })) {
          if (++lines % TOLD_EVERY === 0 && process.stderr.isTTY) tell(`\r${lines} rows`)
          yield `${line}\n`
        }
      }
      const file = await open(half, 'wx', 0o600).catch((error: unknown) => {
        throw whyNotWritten(error, path)
      })
      await pipeline(Readable.from(counted()), createGzip(), file.createWriteStream({ flush: true }))
    })
    renameSync(half, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(half, { force: true })
    throw error
  }
  if (process.stderr.isTTY) tell('\r')
  return lines
}
