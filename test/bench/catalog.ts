import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const OFFERINGS = 6
const PLANS = 40
export const PROVIDER = 'larch'

/** What is measured with: a plan that waits for ever at its provider, one that ends soon, one within the request. */
export const DRIVER_PLANS = [
  { name: 'waiting', driverPlan: { delaySeconds: 86_400 }, synchronous: false },
  { name: 'ending', driverPlan: { steps: 1 }, synchronous: false },
  { name: 'sync', driverPlan: {}, synchronous: true }
] as const

/** 6 offerings of 40 plans each with full schemas, sold by one provider on the adapter `memory`. */
export function writeCatalog(folder: string): void {
  mkdirSync(join(folder, 'services'), { recursive: true })
  mkdirSync(join(folder, 'providers', PROVIDER), { recursive: true })
  write(folder, `providers/${PROVIDER}/provider.yaml`, {
    kind: 'provider',
    displayName: 'Larch',
    country: 'DE',
    regions: [1, 2, 3].map((number) => ({ name: `larch-${number}`, country: 'DE' }))
  })
  for (let offering = 0; offering < OFFERINGS; offering++) {
    const name = offeringName(offering)
    write(folder, `services/${name}.yaml`, service(name))
    write(folder, `providers/${PROVIDER}/${name}.yaml`, {
      kind: 'plans',
      plans: Array.from({ length: PLANS }, (_each, plan) => planOf(name, plan))
    })
  }
}

export function offeringName(offering: number): string {
  return `bench-${offering}`
}

/** The plan of an offering that behaves as named. */
export function planId(offering: string, driverPlan: (typeof DRIVER_PLANS)[number]['name']): string {
  return guid(`${offering} ${DRIVER_PLANS.findIndex(({ name }) => name === driverPlan)}`)
}

export function offeringId(offering: string): string {
  return guid(offering)
}

function service(name: string): object {
  return {
    kind: 'service',
    id: offeringId(name),
    name,
    family: 'example',
    description: 'A service to be measured',
    tags: ['example'],
    metadata: {
      displayName: name,
      documentationUrl: 'https://docs.example.org/',
      longDescription: 'Measured.'
    }
  }
}

function planOf(offering: string, plan: number): object {
  const behaves = DRIVER_PLANS[plan] ?? DRIVER_PLANS[1]
  return {
    id: guid(`${offering} ${plan}`),
    name: `plan-${plan}`,
    description: 'A plan of a service to be measured',
    regions: ['larch-1', 'larch-2', 'larch-3'],
    defaultRegion: 'larch-1',
    isolation: 'dedicated',
    free: plan === 0,
    synchronous: behaves.synchronous,
    driverPlan: behaves.driverPlan,
    metadata: {
      displayName: `Plan ${plan}`,
      bullets: ['Measured', 'Not sold'],
      costs: [{ amount: { eur: plan }, unit: 'MONTHLY' }]
    }
  }
}

/** JSON is YAML. */
function write(folder: string, file: string, content: object): void {
  writeFileSync(join(folder, file), JSON.stringify(content, null, 2))
}

function guid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
