import type { Config } from '../../config/config.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { inspect } from '../../start/inspect.ts'
import { portsFor } from '../../start/ports.ts'
import { Circuits } from '../../transport/circuits.ts'

/** Every provider's ping and inspection; local ones only while their servers run. */
export async function examineProviders(
  config: Config,
  registry: OpenRegistry,
  resting: readonly string[]
): Promise<readonly Diagnosis[]> {
  const ports = portsFor(config, { portCall() {} }, new Circuits(Date.now))
  const all = await Promise.all(
    Object.keys(registry.adapters).map(async (name): Promise<readonly Diagnosis[]> => {
      const about = `provider ${name}`
      if (resting.includes(name)) return [{ about, ...RESTING }]
      return (await inspect(registry, ports, name)).map((finding) => ({ about, ...finding }))
    })
  )
  return all.flat()
}

const RESTING = {
  level: 'ok',
  subject: 'local server',
  text: 'does not run now; it starts and stops with the broker'
} as const
