import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { numberAt, textAt } from '../../../src/contract/read.ts'
import { openSeal } from '../../../src/store/seal.ts'
import { type StoreAddress, storeRows } from '../../support/store-rows.ts'

/** Where a broker keeps what it knows, and the key it seals that with. */
export interface Books {
  readonly store: StoreAddress
  readonly key: Buffer
}

/**
 * How the administrator of a cloud's instance gets in: at the address that applications have, under the login that only the broker
 * knows, which is read past it.
 */
export async function administrator(
  { store, key }: Books,
  resource: string,
  admin: (name: string) => string,
  credentials: JsonObject
): Promise<PostgresqlAccess> {
  const [row] = await storeRows(store, `select id, sealed_handle from resources where name = '${resource}'`)
  if (row === undefined) throw new Error(`the broker knows no resource ${resource}`)
  const place = { table: 'resources', column: 'sealed_handle', row: String(row['id']) }
  const handle = JSON.parse(
    openSeal([{ id: 'k1', key }]).open(place, String(row['sealed_handle']))
  ) as JsonObject
  return {
    kind: 'postgresql',
    host: textAt(credentials, 'host'),
    port: numberAt(credentials, 'port'),
    database: textAt(credentials, 'database'),
    user: admin(resource),
    password: textAt(handle, 'password'),
    tls: { ca: textAt(credentials, 'sslrootcert') },
    network: 'private'
  }
}
