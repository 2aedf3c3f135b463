import { loadCatalog } from '../catalog/load.ts'
import { type CatalogRow, catalogRows } from '../catalog/rows.ts'
import { viewsOf } from '../catalog/views.ts'
import type { Config } from '../config/config.ts'
import { checkedConfig } from '../start/checked-config.ts'
import { catalogOptions } from './catalog-options.ts'
import type { Input } from './command.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { type Column, table } from './table.ts'

const COLUMNS: readonly Column<CatalogRow>[] = [
  { title: 'OFFERING', of: ({ offering }) => offering },
  { title: 'PLAN', of: ({ plan }) => plan },
  { title: 'PROVIDER', of: ({ provider }) => provider },
  { title: 'REGIONS', of: ({ regions }) => regions.join(', ') },
  {
    title: 'TRAITS',
    of: ({ free, bindable, synchronous, isolation }) =>
      [
        isolation,
        free ? 'free' : 'paid',
        synchronous ? 'synchronous' : 'asynchronous',
        ...(bindable ? [] : ['unbindable'])
      ].join(', ')
  },
  { title: 'ID', of: ({ id }) => id }
]

export async function catalogShow({ options }: Input): Promise<number> {
  const config = await checkedConfig(process.env)
  const catalog = await loadCatalog(await catalogOptions(config), new Date())
  const platform = platformNamed(config, options['platform'])
  const rows = catalogRows(platform ? viewsOf(catalog)(platform).catalog : catalog)
  if (options['json']) printJson({ plans: rows })
  else print(table(COLUMNS, rows))
  return EXIT.ok
}

function platformNamed({ platforms }: Config, name: string | true | undefined) {
  if (name === undefined) return undefined
  const found = platforms.find((platform) => platform.name === name)
  if (found) return found
  const names = platforms.map((platform) => platform.name).join(', ')
  throw new CommandFailure(EXIT.usage, `there is no platform "${String(name)}"; there are ${names}`)
}
