import type { Case } from './cases.ts'
import type { Order } from './orders.ts'
import { cutsAt, cutsTheStream, doublesARow, losesARow, replaces, rewrites, rowsInto } from './tampers.ts'

type OnTheWay = Pick<Case, 'thing' | 'finds' | 'onTheWire' | 'orders'>

const PLAIN = 'public.plain'
/** What did not even come to be compared is named by what was being copied. */
const COPY_OF_PLAIN =
  /table public\.plain could not be copied|it was interrupted 3 times.*table public\.plain/
const AN_ENTRY =
  /(?:TABLE|INDEX|CONSTRAINT|FK CONSTRAINT|TRIGGER|table) \S+.* could not be copied|it was interrupted 3 times.*\S+: /
const ROWS_OF_PLAIN = 'rows of table public.plain'

const TAMPERED: readonly OnTheWay[] = [
  {
    thing: 'a row of a COPY is lost',
    finds: COPY_OF_PLAIN,
    onTheWire: (happened) => rowsInto(PLAIN, happened, () => losesARow)
  },
  {
    thing: 'a row of a COPY is lost and another comes twice',
    finds: ROWS_OF_PLAIN,
    onTheWire: (happened) => rowsInto(PLAIN, happened, doublesARow)
  },
  {
    thing: 'a byte of a COPY is another',
    finds: ROWS_OF_PLAIN,
    onTheWire: (happened) => rowsInto(PLAIN, happened, () => replaces([['three', 'thrEe']]))
  },
  {
    thing: 'two fields of a row of a COPY are swapped',
    finds: ROWS_OF_PLAIN,
    onTheWire: (happened) =>
      rowsInto(PLAIN, happened, () =>
        replaces([
          ['left', 'lift'],
          ['lift', 'left']
        ])
      )
  },
  {
    thing: 'two rows of a COPY have swapped a field',
    finds: ROWS_OF_PLAIN,
    onTheWire: (happened) =>
      rowsInto(PLAIN, happened, () =>
        replaces([
          ['one', 'two'],
          ['two', 'one']
        ])
      )
  },
  {
    thing: 'a COPY is cut half way',
    finds: COPY_OF_PLAIN,
    onTheWire: (happened) => rowsInto(PLAIN, happened, () => cutsTheStream)
  },
  {
    thing: 'a restore loses its server half way',
    finds: AN_ENTRY,
    onTheWire: (happened) => cutsAt('CREATE TABLE shop.items', happened)
  },
  {
    thing: 'a restored index is not unique any more',
    finds: 'index shop.per_day_placed',
    onTheWire: (happened) =>
      rewrites('CREATE UNIQUE INDEX per_day_placed', 'CREATE INDEX per_day_placed', happened)
  }
]

/** An exit code of 0 is no proof. */
const HALF_DUMPS: readonly OnTheWay[] = [
  restored('pre-data', 'half', AN_ENTRY),
  restored('pre-data', 'nothing', AN_ENTRY),
  restored('post-data', 'half', AN_ENTRY),
  restored('post-data', 'nothing', 'trigger touch on shop.customers')
]

function restored(
  section: 'pre-data' | 'post-data',
  keeps: 'half' | 'nothing',
  finds: Case['finds']
): OnTheWay {
  const orders: readonly Order[] = [{ at: 'restore', section, keeps }]
  return { thing: `pg_restore makes ${keeps} of the ${section} and says that all went well`, finds, orders }
}

export const ON_THE_WAY: readonly Case[] = [
  ...TAMPERED.map((each) => ({ ...each, where: 'on the line to the target', to: 'harbour' as const })),
  ...HALF_DUMPS.map((each) => ({ ...each, where: 'at the broker', to: 'paris' as const }))
]
