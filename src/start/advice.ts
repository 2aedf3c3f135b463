import type { CatalogHolder } from '../catalog/holder.ts'
import { catalogRows } from '../catalog/rows.ts'
import type { Config } from '../config/config.ts'
import { isLoopbackAddress } from '../transport/public-address.ts'

/** What starts well and is hardly meant so; told once, in the log. */
export function adviceOn(
  { listen }: Pick<Config, 'listen'>,
  catalog: Pick<CatalogHolder, 'current'>
): string[] {
  const advice: string[] = []
  if (catalogRows(catalog.current()).length === 0)
    advice.push('there is nothing to order: set `providers`, or `local: true`, in portolan.yaml')
  const isOpen = listen.host !== 'localhost' && !isLoopbackAddress(listen.host)
  if (isOpen && listen.tls === undefined)
    advice.push('passwords cross the network in clear: set `listen.tls`, or put a proxy with TLS in front')
  return advice
}
