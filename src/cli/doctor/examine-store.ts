import { existsSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import { generatedBefore } from '../../config/first-start.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { diagnoseDrift } from '../../domain/drift-memory.ts'
import { explained, nameOf } from '../../start/open-store.ts'
import { checkpointPlaces } from '../../start/witnesses.ts'
import { driftMemory } from '../../store/drift-memory.ts'
import { driftTable } from '../../store/drifts.ts'
import { lookTable } from '../../store/looks.ts'
import { schemaOf } from '../../store/migrate.ts'
import { openDatabase } from '../../store/open.ts'
import { orphanTable } from '../../store/orphans.ts'
import { isBehind, isRecovering } from '../../store/recovery.ts'
import { openSeal } from '../../store/seal.ts'
import type { Database } from '../../store/session.ts'
import { isSealedBy, openStore } from '../../store/store.ts'

type Line = Omit<Diagnosis, 'about' | 'subject'> & Partial<Diagnosis>

/** Whether the store answers, what schema it has, and whether the keys are its own. */
export async function examineStore(config: Config): Promise<readonly Diagnosis[]> {
  const { database: address } = config
  const subject = nameOf(address).replace('the database ', '')
  const lines = await linesOf(config)
  return lines.map((line) => ({ about: 'store', subject, ...line }))
}

async function linesOf(config: Config): Promise<readonly Line[]> {
  const { database: address } = config
  if (address.kind === 'sqlite' && !existsSync(address.path))
    return [{ level: 'ok', text: 'is made at the first start' }]
  try {
    const database = await openDatabase(address)
    try {
      return await look(database, config)
    } finally {
      await database.close()
    }
  } catch (error) {
    return [{ level: 'refused', text: explained(error, address).message }]
  }
}

async function look(database: Database, config: Config): Promise<readonly Line[]> {
  const { is, known } = await schemaOf(database)
  if (is > known) {
    const text = `has schema ${is}, this program knows ${known}`
    return [{ level: 'refused', text, remedy: 'start a newer version of Portolan' }]
  }
  if (is === 0) return [{ level: 'ok', text: 'answers, and is empty' }]
  const text =
    is === known ? `answers, schema ${is}` : `has schema ${is}; the next start brings it to ${known}`
  const lines: Line[] = [{ level: 'ok', text }, await keysLine(database, config)]
  if (is !== known) return lines
  return [...lines, ...(await recoveryLines(database, config)), ...(await driftLines(database))]
}

/** What the broker's last looks at the providers found. */
async function driftLines(database: Database): Promise<readonly Diagnosis[]> {
  const tables = { orphans: orphanTable(), drifts: driftTable(), looks: lookTable() }
  return diagnoseDrift(await database.read((session) => driftMemory(tables, session)))
}

/** Is it older than what was seen of it? Asked of the data folder alone: a sink is the running broker's. */
async function recoveryLines(database: Database, config: Config): Promise<readonly Line[]> {
  const ring = config.keys.length > 0 ? config.keys : (generatedBefore(config.dataDir).keys ?? [])
  if (ring.length === 0) return []
  const store = openStore(database, openSeal(ring))
  const [file] = checkpointPlaces({ dataDir: config.dataDir })
  try {
    const seen = await file?.read()
    return await database.read(async (session) => {
      const isOurs = seen !== undefined && seen.broker === (await store.settings.get(session, 'broker'))
      const isOlder = isOurs && (await isBehind(store, session, seen))
      return isOlder || (await isRecovering(store, session)) ? [OLDER] : []
    })
  } catch (error) {
    const text = error instanceof Error ? error.message : 'audit.checkpoint cannot be read'
    return [{ level: 'warning', text }]
  }
}

const OLDER: Line = {
  level: 'refused',
  text: 'is older than what was seen of it: the broker only answers reads until somebody has looked at the difference',
  remedy: 'start the broker, and run portolan recover'
}

async function keysLine(database: Database, { keys, dataDir }: Config): Promise<Line> {
  const ring = keys.length > 0 ? keys : (generatedBefore(dataDir).keys ?? [])
  if (ring.length === 0) {
    const text = 'there are no keys to open it with'
    return { level: 'refused', text, remedy: `put back the file keys in ${dataDir}, or set PORTOLAN_KEYS` }
  }
  try {
    await isSealedBy(openStore(database, openSeal(ring)))
    return { level: 'ok', text: `the keys open it; "${ring[0]?.id}" seals` }
  } catch (error) {
    return { level: 'refused', text: error instanceof Error ? error.message : 'the keys do not open it' }
  }
}
