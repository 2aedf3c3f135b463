import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../../src/contract/json.ts'
import type { TestServer } from '../support/postgres-server.ts'
import { root } from '../support/root.ts'

/** Plans on a server that an operator names. */
export const HARBOUR = {
  small: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1c01',
  large: '5f1f5b0e-9d0c-4be4-8f0a-3f5f1f7a1c02'
} as const

const HARBOUR_PROVIDER = `kind: provider
displayName: Harbour
country: NL
regions:
  - { name: harbour-1, country: NL }
`

const HARBOUR_PLANS = `kind: plans
plans:
  - id: ${HARBOUR.small}
    name: harbour-small
    description: A database on the operator's own server
    regions: [harbour-1]
    free: true
    isolation: shared
    driverPlan: { connections: 5 }
  - id: ${HARBOUR.large}
    name: harbour-large
    description: A larger database on the operator's own server
    regions: [harbour-1]
    free: true
    isolation: shared
    driverPlan: { connections: 10 }
`

/** A copy of the repository's catalog, and `harbour`. */
export async function catalogWithHarbour(data: string): Promise<string> {
  const folder = join(data, 'catalog')
  await cp(join(root, 'catalog'), folder, { recursive: true })
  await mkdir(join(folder, 'providers/harbour'), { recursive: true })
  await writeFile(join(folder, 'providers/harbour/provider.yaml'), HARBOUR_PROVIDER)
  await writeFile(join(folder, 'providers/harbour/postgresql.yaml'), HARBOUR_PLANS)
  return folder
}

export function harbourSettings({
  host,
  port,
  managedRoot
}: Pick<TestServer, 'host' | 'port' | 'managedRoot'>): JsonObject {
  const { user, password } = managedRoot
  return {
    adapter: 'postgresql-server',
    servers: [{ name: 'main', region: 'harbour-1', host, port, user, password, network: 'private' }]
  }
}
