import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { OpenRegistry } from '../../registry/registry.ts'
import { toolsPort } from '../../transport/tools.ts'

/** What a switch of a service copies with. Which version it takes depends on the two servers: its pre-check tells. */
const NEEDED = {
  family: 'postgresql',
  programs: ['pg_dump', 'pg_restore'],
  package: 'postgresql-client'
} as const

export async function examineTools(
  registry: OpenRegistry,
  providers: readonly string[]
): Promise<readonly Diagnosis[]> {
  const { family, programs } = NEEDED
  if (!providers.some((name) => registry.driver(name, family))) return []
  const tools = toolsPort()
  const found = await Promise.all(programs.map(async (program) => ({ program, all: await tools(program) })))
  const about = { about: 'switches', subject: family }
  const missing = found.filter(({ all }) => all.length === 0).map(({ program }) => program)
  if (missing.length > 0)
    return [
      {
        ...about,
        level: 'warning',
        text: `${missing.join(' and ')} cannot be found: no instance can switch provider`,
        remedy: `install the package ${NEEDED.package} where the broker runs`
      }
    ]
  const versions = found.map(
    ({ program, all }) => `${program} ${all.map(({ version }) => version).join(', ')}`
  )
  return [{ ...about, level: 'ok', text: versions.join('; ') }]
}
