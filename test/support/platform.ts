import type { Platform, Sees } from '../../src/domain/platform.ts'

export function platformSeeing(sees: Sees = {}, name = 'cf'): Platform {
  return { name, sees, quotas: {}, allowFrom: [] }
}
