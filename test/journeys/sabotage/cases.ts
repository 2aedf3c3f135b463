import { SABOTAGES, type Saboteur } from '../../support/every-sabotage.ts'
import type { TestServer } from '../../support/postgres-server.ts'
import { BLINDED } from './blinded.ts'
import { ON_THE_WAY } from './on-the-way.ts'
import type { Order } from './orders.ts'
import type { Place } from './stage.ts'
import { TOO_MANY } from './too-many.ts'
import type { Tamper } from './wire.ts'

/** One sabotage of one switch. */
export interface Case {
  readonly thing: string
  readonly where: string
  readonly to: Exclude<Place, 'berlin'>
  readonly orders?: readonly Order[]
  readonly onTheWire?: (happened: () => void) => () => Tamper
  /** An object as the report names it; or what the description must say of what did not even come to be compared. */
  readonly finds: string | RegExp
}

/** Which source the cases of a list are done to. */
export type Kind = 'by tenants and owners' | 'by superusers' | 'on the way' | 'after the start' | 'blinded'

type Hand = readonly [sql: string, finds: string]

const ROWS: readonly Hand[] = [
  ['DELETE FROM public.plain WHERE v = 3', 'rows of table public.plain'],
  [`INSERT INTO public.plain VALUES (6, 'six', 'sechs', 6, NULL)`, 'rows of table public.plain'],
  [`UPDATE public.plain SET b = '\\x00fe00' WHERE v = 1`, 'rows of table public.plain'],
  [
    `UPDATE public.plain SET t = CASE v WHEN 1 THEN 'two' ELSE 'one' END WHERE v IN (1, 2)`,
    'rows of table public.plain'
  ],
  ['UPDATE public.plain SET n = 1.10 WHERE v = 1', 'rows of table public.plain'],
  [`UPDATE public.plain SET t = '' WHERE t IS NULL`, 'rows of table public.plain'],
  [`UPDATE public.mails SET address = 'ADA@example.eu' WHERE id = 1`, 'rows of table public.mails'],
  [`UPDATE shop.orders SET status = 'sent' WHERE status = 'paid'`, 'rows of table shop.orders_january'],
  ['ALTER SEQUENCE shop.order_id RESTART', 'value of sequence shop.order_id'],
  [`SELECT setval('shop.order_id', 1000)`, 'value of sequence shop.order_id']
]

/** What of a database only a superuser makes keeps it from switching: it cannot be missing at a target, only be too many there. */
const NO_TENANTS = /otherpl|\bthere\b|\bfar\b|watches|backward|pattern|parser|another|shop\.pair|all_of_it/

const LATE: Order = {
  at: 'source',
  sql: 'CREATE TABLE IF NOT EXISTS public.came_late AS SELECT 1 AS v'
}

export function casesOf(kind: Kind, { superuser }: TestServer): readonly Case[] {
  const hand = (as: Saboteur, [sql, finds]: Hand): Case => ({
    thing: sql,
    where: `in the target, by ${as === 'login' ? 'a login' : as}`,
    to: as === 'superuser' ? 'harbour' : 'paris',
    orders: [
      {
        at: 'target',
        as,
        sql,
        ...(as === 'superuser' ? { superuser: { user: superuser.user, password: superuser.password } } : {})
      }
    ],
    finds
  })
  const every = Object.values(SABOTAGES).flat()
  switch (kind) {
    case 'by tenants and owners':
      return [
        ...ROWS.map((each) => hand('login', each)),
        ...every.filter(({ as }) => as !== 'superuser').map(({ as, sql, finds }) => hand(as, [sql, finds]))
      ]
    case 'by superusers':
      return [
        ...every
          .filter(({ as, sql }) => as === 'superuser' && !NO_TENANTS.test(sql))
          .map(({ sql, finds }) => hand('superuser', [sql, finds])),
        ...TOO_MANY.map((each) => hand('superuser', each))
      ]
    case 'on the way':
      return ON_THE_WAY
    case 'after the start':
      return [
        ['DROP TABLE public.came_late', 'table public.came_late'] as const,
        ['DELETE FROM public.came_late', 'rows of table public.came_late'] as const
      ].map((each) => {
        const late = hand('login', each)
        return {
          ...late,
          where: 'made in the source before the freeze',
          orders: [LATE, ...(late.orders ?? [])]
        }
      })
    case 'blinded':
      return BLINDED.map(([by, ...each]) => ({
        ...hand('login', each),
        where: `in the target, blinded by ${by}`
      }))
  }
}
