import type { JsonObject } from '../../contract/json.ts'
import { field, numberAt, objectAt, rowsOf, textsOf, time } from '../answer.ts'
import { section } from '../instances-show.ts'
import { printable } from '../printable.ts'
import { type Column, list } from '../table.ts'
import { duration, size } from './duration.ts'
import { FINDING_COLUMNS } from './finding-columns.ts'
import { stateText } from './progress-line.ts'

const of =
  (name: string) =>
  (row: JsonObject): string =>
    field(row, name)

const TIMELINE: readonly Column<JsonObject>[] = [
  { title: 'STATE', of: of('state') },
  { title: 'AT (UTC)', of: (row) => time(row, 'at') },
  { title: 'TOOK', of: of('took') }
]
const DIFFERENCES: readonly Column<JsonObject>[] = [
  { title: 'OBJECT', of: of('object') },
  { title: 'SOURCE', of: of('source') },
  { title: 'TARGET', of: of('target') }
]
const NOT_RENEWED: readonly Column<JsonObject>[] = [
  { title: 'BINDING', of: of('binding') },
  { title: 'LOGIN', of: of('login') },
  { title: 'APP', of: of('app') }
]
const STILL_TRYING: readonly Column<JsonObject>[] = [
  { title: 'LOGIN', of: of('login') },
  { title: 'TIMES', of: of('times') },
  { title: 'LAST', of: of('last') }
]

/** The report of a switch: what it was, how long each part took, what differs. */
export function switchText(seen: JsonObject): string {
  const verification = objectAt(seen, 'verification') ?? {}
  return [
    list(head(seen)),
    section('Timeline', TIMELINE, timelineOf(seen)),
    figuresText(seen),
    section('Findings', FINDING_COLUMNS, rowsOf(objectAt(seen, 'examination') ?? {}, 'findings')),
    verificationText(verification),
    section('Credentials nobody has fetched since', NOT_RENEWED, rowsOf(seen, 'notRenewed')),
    section('Logins that still try the source', STILL_TRYING, rowsOf(seen, 'stillTrying')),
    sentences('Erased', textsOf(objectAt(seen, 'erasure') ?? {}, 'proof'))
  ].join('')
}

export function placeText(place: JsonObject | undefined): string {
  return place ? `${field(place, 'plan')} of ${field(place, 'provider')}, ${field(place, 'region')}` : ''
}

function head(seen: JsonObject): readonly (readonly [string, string])[] {
  const erasure = objectAt(seen, 'erasure')
  return [
    ['id', field(seen, 'id')],
    ['kind', field(seen, 'kind')],
    ['instance', `${field(seen, 'instance')} (${field(seen, 'platform')}: ${field(seen, 'osbInstance')})`],
    ['from', placeText(objectAt(seen, 'from'))],
    ['to', placeText(objectAt(seen, 'to'))],
    ['state', stateText(seen)],
    ['reason', field(seen, 'reason')],
    ['accepted', textsOf(seen, 'accept').join(', ')],
    ['begun', time(seen, 'createdAt')],
    ['gives up', time(seen, 'deadlineAt')],
    ['ended', time(seen, 'endedAt')],
    ['source kept until', erasure ? '' : time(seen, 'retrievalUntil')],
    ['source erased', erasure ? `${time(erasure, 'at')}, ordered by ${field(erasure, 'orderedBy')}` : ''],
    ['receipts', receiptsText(seen)]
  ]
}

function receiptsText(seen: JsonObject): string {
  return [
    ...(seen['hasReceipt'] === true ? ['completion'] : []),
    ...(seen['hasErasureReceipt'] === true ? ['erasure'] : [])
  ].join(', ')
}

/** Each state with how long it took; the last one has ended nothing. */
function timelineOf(seen: JsonObject): readonly JsonObject[] {
  const states = rowsOf(seen, 'timeline')
  return states.map((each, index) => {
    const next = states[index + 1]
    return next ? { ...each, took: duration(msOf(next) - msOf(each)) } : each
  })
}

function msOf(row: JsonObject): number {
  return Date.parse(field(row, 'at'))
}

function figuresText(seen: JsonObject): string {
  const figures = objectAt(seen, 'figures')
  if (!figures) return ''
  const ms = (name: string) => {
    const value = numberAt(figures, name)
    return value === undefined ? '' : duration(value)
  }
  const entries: readonly (readonly [string, string])[] = [
    ['nobody could write for', ms('freezeMs')],
    ['copied', `${size(numberAt(figures, 'bytes') ?? 0)} in ${ms('copyMs')}`],
    ['rows', field(figures, 'rows')],
    ['objects', field(figures, 'objects')],
    ['verified in', ms('verifyMs')]
  ]
  return `\nFigures\n${list(entries)}`
}

function verificationText(verification: JsonObject): string {
  const verdict = field(verification, 'verdict')
  if (verdict === '') return ''
  const compared = Object.entries(objectAt(verification, 'compared') ?? {})
  const shown = rowsOf(verification, 'differences')
  const more = (numberAt(verification, 'different') ?? 0) - shown.length
  const entries: readonly (readonly [string, string])[] = [
    ['verdict', verdict],
    ['compared', compared.map(([kind, count]) => `${String(count)} ${kind}`).join(', ')],
    ['digest', field(verification, 'digest')]
  ]
  return [
    `\nVerification\n${list(entries)}`,
    section('Differences', DIFFERENCES, shown),
    more > 0 ? `and ${more} more\n` : '',
    sentences('Not verified', textsOf(verification, 'unverified')),
    sentences('Different on purpose', textsOf(verification, 'notes'))
  ].join('')
}

export function sentences(title: string, texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\n${title}\n${texts.map((each) => `${printable(each)}\n`).join('')}`
}
