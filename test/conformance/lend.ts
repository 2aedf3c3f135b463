import type { Family } from '../../src/contract/family.ts'
import type { CallContext } from './harness.ts'
import type { Application, Kit } from './kit.ts'
import { realPorts } from './ports.ts'
import { startServer } from './servers.ts'

/** What an adapter from outside is lent. */
export function kitOf(families: ReadonlyMap<string, Family>): Kit {
  return {
    call: (context = ofFake()) => ({ ...context, ...realPorts(context.signal) }),
    family(name) {
      const family = families.get(name)
      if (family) return family
      throw new Error(`there is no family ${name}; there are ${[...families.keys()].join(', ')}`)
    },
    application: applicationOf,
    server: startServer
  }
}

function ofFake(): CallContext {
  return { signal: new AbortController().signal, now: new Date(), attempt: 1, note: () => undefined }
}

/** Its clients are loaded when they are used. */
function applicationOf(family: Parameters<Kit['application']>[0]): Application {
  const load = async (): Promise<Application> => (await import('./application.ts')).APPLICATIONS[family]
  return {
    reads: async (credentials) => (await load()).reads(credentials),
    writes: async (credentials) => (await load()).writes(credentials),
    stays: async (credentials) => (await load()).stays(credentials)
  }
}
