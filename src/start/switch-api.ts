import type { Config } from '../config/config.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { switchRoutes } from '../http/api/switch-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import { refusedLogins } from '../local/refused-logins.ts'
import type { Deps } from '../service/deps.ts'
import { createSwitchService } from '../service/switches/create-switch-service.ts'
import type { SwitchDeps } from '../service/switches/deps.ts'
import { planSwitch } from '../switching/plan-switch.ts'

/** The routes of switches over the running broker. */
export function switchApi(
  { dataDir, local }: Pick<Config, 'dataDir' | 'local'>,
  platform: SwitchDeps['platform'],
  deps: Deps,
  engine: EngineDeps
): readonly ApiRoute[] {
  return switchRoutes(
    createSwitchService({
      ...deps,
      platform,
      examine: (destination) => planSwitch(engine, destination),
      turnedAway: async (provider, since) => (local ? refusedLogins(dataDir, provider, since) : [])
    })
  )
}
