import type { JsonObject } from '../contract/json.ts'
import type { Binding } from '../domain/binding.ts'
import type { Caller } from '../domain/caller.ts'

/** The body of a successful bind and of a fetch: credentials, endpoints, how long they last. */
export function bindingAnswer(binding: Binding, caller: Caller): JsonObject {
  const { credentials, endpoints } = binding.answer ?? {}
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoints === undefined || !knowsEndpoints(caller) ? {} : { endpoints }),
    ...lifetime(binding)
  }
}

/** `endpoints` came with 2.15; go-open-service-broker-client, which sends at most 2.14, cannot read ports as strings. */
function knowsEndpoints({ version }: Caller): boolean {
  return version.major > 2 || version.minor >= 15
}

/** OSB "Binding Metadata Object". A binding that never expires is told to be renewed after a switch. */
function lifetime({ expiresAt, renewBefore }: Binding): JsonObject {
  if (expiresAt === undefined && renewBefore === undefined) return {}
  return {
    metadata: {
      ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
      ...(renewBefore === undefined ? {} : { renew_before: new Date(renewBefore).toISOString() })
    }
  }
}
