import type { PlatformConfig } from '../domain/account.ts'
import type { Store } from '../store/store.ts'

/** The settings lost a platform that still has instances. */
class PlatformLost extends Error {
  override readonly name = 'PlatformLost'
}

/** A platform's name is the key to what it owns: renaming or removing it would leave instances that nobody can reach. */
export async function checkPlatforms(store: Store, platforms: readonly PlatformConfig[]): Promise<void> {
  const names = new Set(platforms.map(({ name }) => name))
  await store.database.write(async (session) => {
    const owners = await store.platforms.withInstances(session)
    const lost = owners.filter((name) => !names.has(name))
    if (lost.length > 0) {
      throw new PlatformLost(
        `platforms.${lost.join(', platforms.')}: has service instances and must stay in the settings (its name is the key to them)`
      )
    }
    for (const name of names) await store.platforms.keep(session, name)
  })
}
