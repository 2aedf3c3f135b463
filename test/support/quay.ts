import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../../src/contract/json.ts'
import { root } from './root.ts'

/** `quay`: a provider on a server that a test started, beside the providers of `test/support/catalog`. */
export const QUAY = {
  service: 'a232e140-a227-48b7-a5d3-00bc46c559f4',
  plan: 'c1d3a7a2-5b34-4c77-8a50-0b8f4f0c7a11',
  region: 'quay-1'
} as const

const PROVIDER = `kind: provider
displayName: Quay
country: BE
regions:
  - { name: ${QUAY.region}, country: BE }
`

const PLANS = `kind: plans
plans:
  - id: ${QUAY.plan}
    name: quay-small
    description: A database on a server of the test
    regions: [${QUAY.region}]
    free: true
    synchronous: true
    isolation: shared
    driverPlan: { connections: 5 }
`

/** A catalog folder in `data`: the repository's, the tests' and quay. */
export async function quayCatalog(data: string): Promise<string> {
  const folder = join(data, 'catalog')
  await cp(join(root, 'catalog'), folder, { recursive: true })
  await cp(join(root, 'test/support/catalog'), folder, { recursive: true })
  await mkdir(join(folder, 'providers/quay'), { recursive: true })
  await writeFile(join(folder, 'providers/quay/provider.yaml'), PROVIDER)
  await writeFile(join(folder, 'providers/quay/postgresql.yaml'), PLANS)
  return folder
}

/** `providers` of portolan.yaml. */
export function quayProviders(server: {
  readonly host: string
  readonly port: number
  readonly managedRoot: { readonly user: string; readonly password: string }
}): JsonObject {
  const { host, port, managedRoot } = server
  const { user, password } = managedRoot
  return {
    alder: { adapter: 'memory' },
    birch: { adapter: 'memory' },
    quay: {
      adapter: 'postgresql-server',
      servers: [{ name: 'main', region: QUAY.region, host, port, user, password, network: 'private' }]
    }
  }
}
