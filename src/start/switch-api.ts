import type { Config } from '../config/config.ts'
import type { EngineDeps } from '../engine/deps.ts'
import { switchRoutes } from '../http/api/switch-routes.ts'
import type { ApiRoute } from '../http/route.ts'
import { platformOf } from '../identity/platforms.ts'
import { refusedLogins } from '../local/refused-logins.ts'
import type { Deps } from '../service/deps.ts'
import { createSwitchService } from '../service/switches/create-switch-service.ts'
import { planSwitch } from '../switching/plan-switch.ts'

/** The routes of switches over the running broker. */
export function switchApi(
  { platforms, dataDir, local }: Pick<Config, 'platforms' | 'dataDir' | 'local'>,
  deps: Deps,
  engine: EngineDeps
): readonly ApiRoute[] {
  const byName = new Map(platforms.map((each) => [each.name, platformOf(each)]))
  return switchRoutes(
    createSwitchService({
      ...deps,
      platform: (name) => byName.get(name),
      examine: (destination) => planSwitch(engine, destination),
      turnedAway: async (provider, since) => (local ? refusedLogins(dataDir, provider, since) : [])
    })
  )
}
