import type { Call } from '../../src/contract/ports.ts'
import { accountOf } from './bucket-access.ts'
import type { Settings } from './settings.ts'

export async function ping(settings: Settings, call: Call): Promise<void> {
  await call.s3(accountOf(settings)).accountBuckets()
}
