import type { Source, Sources } from './files.ts'
import type { Problem } from './problem.ts'

interface Claim {
  readonly what: string
  readonly file: string
  readonly line: number
}

/** Ids used twice anywhere; names used twice where they must differ. Told at the later place, which names the earlier one. */
export function checkDuplicates({ services, providers, plans }: Sources): readonly Problem[] {
  const ids = [
    ...services.map((source) => claim(source, ['id'], `id ${source.content.id}`)),
    ...planClaims(plans, 'id')
  ]
  return [
    ...twice(ids),
    ...twice(services.map((source) => claim(source, ['name'], `offering name ${source.content.name}`))),
    ...twice(providers.map((source) => claim(source, ['kind'], `provider ${source.name}`))),
    ...twice(planClaims(plans, 'name')),
    ...providers.flatMap((source) => twice(regionClaims(source)))
  ]
}

function planClaims(plans: Sources['plans'], field: 'id' | 'name'): readonly Claim[] {
  return plans.flatMap((source) =>
    source.content.plans.map((plan, index) => {
      const what = field === 'id' ? `id ${plan.id}` : `plan name ${plan.name} of ${source.name}`
      return claim(source, ['plans', index, field], what)
    })
  )
}

function regionClaims(source: Sources['providers'][number]): readonly Claim[] {
  return source.content.regions.map(({ name }, index) =>
    claim(source, ['regions', index, 'name'], `region ${name}`)
  )
}

function claim(source: Source<unknown>, path: readonly (string | number)[], what: string): Claim {
  return { what, file: source.file, line: source.lineOf(path) }
}

function twice(claims: readonly Claim[]): readonly Problem[] {
  const earlier = new Map<string, Claim>()
  return claims.flatMap((next) => {
    const before = earlier.get(next.what)
    if (!before) {
      earlier.set(next.what, next)
      return []
    }
    return [
      { file: next.file, line: next.line, text: `${next.what} is already at ${before.file}:${before.line}` }
    ]
  })
}
