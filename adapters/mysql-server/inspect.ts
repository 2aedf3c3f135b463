import type { Finding } from '../../src/contract/adapter.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { ServerSettings } from './settings.ts'

export async function inspect(_servers: readonly ServerSettings[], _call: Call): Promise<readonly Finding[]> {
  return []
}
