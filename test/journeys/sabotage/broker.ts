import { loadConfig } from '../../../src/config/load-config.ts'
import { startBroker } from '../../../src/main.ts'
import { sabotagedRegistry } from './hand.ts'

/** The whole broker, with a hand in the switches of the sources that `folder` names. */
export async function main([folder = '']: readonly string[]): Promise<undefined> {
  const broker = await startBroker(loadConfig(process.env), {
    database: (real) => real,
    registry: (real) => sabotagedRegistry(real, folder)
  })
  process.once('SIGTERM', () => void broker.stop().finally(() => process.exit(0)))
}
