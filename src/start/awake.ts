import type { Adapter } from '../contract/adapter.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { LocalServerError } from '../local/local-server-error.ts'
import type { OpenRegistry, RegisteredProvider } from '../registry/registry.ts'
import { isLoopbackAddress } from '../transport/public-address.ts'

/** Gets the local server of that port running, where it is one that rests. */
export type Wake = (port: number) => Promise<void>

interface Access {
  readonly host: string
  readonly port: number
}

/** Before every use of a port: the server of ours that is meant runs afterwards. */
export async function woken(wake: Wake, { host, port }: Access): Promise<void> {
  if (isLoopbackAddress(host)) await wake(port).catch(fail)
}

function fail(error: unknown): never {
  if (!(error instanceof LocalServerError)) throw error
  throw new ProviderFailure('unavailable', error.message, { cause: error })
}

/** As who only looks should see it: what rests is not asked, because asking would start it. */
export function withoutResting(
  registry: OpenRegistry,
  rests: (provider: string, service: string) => boolean
): OpenRegistry {
  return {
    ...registry,
    provider(name) {
      const provider = registry.provider(name)
      return provider && awake(provider, (service) => !rests(name, service))
    }
  }
}

function awake(
  { adapters, drivers }: RegisteredProvider,
  isAwake: (service: string) => boolean
): RegisteredProvider {
  const answers = ({ drivers: all }: Adapter) => Object.keys(all).every(isAwake)
  return {
    adapters: adapters.filter(({ adapter }) => answers(adapter)),
    drivers: Object.fromEntries(Object.entries(drivers).filter(([service]) => isAwake(service)))
  }
}
