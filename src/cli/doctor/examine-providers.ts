import type { Config } from '../../config/config.ts'
import type { Finding } from '../../contract/adapter.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { Catalog } from '../../domain/offer.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { withoutResting } from '../../start/awake.ts'
import { inspect } from '../../start/inspect.ts'
import { portsFor } from '../../start/ports.ts'
import { Circuits } from '../../transport/circuits.ts'

/** Every provider's ping and inspection; local ones only while their servers run. */
export async function examineProviders(
  config: Config,
  registry: OpenRegistry,
  rests: (provider: string, service: string) => boolean,
  catalog: Catalog | undefined
): Promise<readonly Diagnosis[]> {
  const ports = portsFor(config, { metrics: { portCall() {} }, circuits: new Circuits(Date.now) })
  const awake = withoutResting(registry, rests)
  const all = await Promise.all(
    Object.keys(registry.adapters).map(async (name): Promise<readonly Diagnosis[]> => {
      const about = `provider ${name}`
      const resting = Object.keys(registry.provider(name)?.drivers ?? {}).filter((each) => rests(name, each))
      return [
        ...resting.map((service) => ({ about, ...restingOf(service) })),
        ...(await inspect(awake, ports, name, catalog)).map((finding) => ({ about, ...finding }))
      ]
    })
  )
  return all.flat()
}

function restingOf(service: string): Finding {
  const when = service === 'postgresql' ? '' : ' once it holds something'
  return {
    level: 'ok',
    subject: `local server of ${service}`,
    text: `does not run now; it starts and stops with the broker${when}`
  }
}
