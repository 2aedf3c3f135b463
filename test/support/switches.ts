import type { Platform } from '../../src/domain/platform.ts'
import type { Asker } from '../../src/service/switches/asker.ts'
import { createSwitchService } from '../../src/service/switches/create-switch-service.ts'
import type { SwitchService } from '../../src/service/switches/switch-service.ts'
import { planSwitch } from '../../src/switching/plan-switch.ts'
import { type Core, callerOf } from './core.ts'
import { OPS } from './operator.ts'

export const AS_OPERATOR: Asker = { kind: 'operator', operator: OPS }

export function asPlatform(platform: Partial<Platform> = {}): Asker {
  return { kind: 'platform', caller: callerOf(platform) }
}

/** The use cases of switches over one process of the core; every platform name is configured, and sees what `sees` says. */
export function switchesOf(core: Core, sees: Partial<Platform> = {}): SwitchService {
  return createSwitchService({
    ...core.needs.service,
    platform: (name) => (name === 'lost' ? undefined : callerOf({ name, ...sees }).platform),
    examine: (destination) => planSwitch(core.needs.engine, destination),
    turnedAway: async () => []
  })
}
