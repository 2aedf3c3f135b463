import { loadConfig } from '../../../src/config/load-config.ts'
import { startBroker } from '../../../src/main.ts'
import { copiesDiffer, reachIn } from './fate.ts'
import { watchedDatabase, watchedRegistry } from './points.ts'

/** The whole broker, which ends or stops at the point that the journey names in `folder`. */
export async function main([folder = '']: readonly string[]): Promise<undefined> {
  const reach = reachIn(folder)
  const broker = await startBroker(loadConfig(process.env), {
    database: (real) => watchedDatabase(real, reach),
    registry: (real) => watchedRegistry(real, reach, () => copiesDiffer(folder))
  })
  process.once('SIGTERM', () => void broker.stop().finally(() => process.exit(0)))
}
