import type { JsonObject } from '../contract/json.ts'
import { field, rowsOf, time } from './answer.ts'
import { DRIFT_COLUMNS, ORPHAN_COLUMNS, UNLISTED_COLUMNS } from './columns.ts'
import { pasteable } from './printable.ts'
import { type Column, table } from './table.ts'

interface Section {
  readonly name: string
  readonly title: string
  readonly columns: readonly Column<JsonObject>[]
}

const SECTIONS: readonly Section[] = [
  {
    name: 'orphans',
    title: 'Stand at a provider with our mark, and the store does not know them',
    columns: ORPHAN_COLUMNS
  },
  {
    name: 'leftovers',
    title: 'Gone by the store, and they stand there',
    columns: DRIFT_COLUMNS
  },
  {
    name: 'missing',
    title: 'Not there, though the store says that they stand',
    columns: DRIFT_COLUMNS
  },
  { name: 'differing', title: 'Of another generation than the store says', columns: DRIFT_COLUMNS },
  { name: 'broken', title: 'There, and will not work', columns: DRIFT_COLUMNS }
]

/** What differs, section by section, and under each what may be done about it. */
export function driftText(drift: JsonObject): string {
  const parts = SECTIONS.map((section) => sectionText(drift, section)).filter((part) => part !== '')
  const unlisted = rowsOf(drift, 'unlisted')
  return [
    ...(parts.length === 0 ? ['Nothing differs from what the store says.\n'] : parts),
    ...(unlisted.length === 0 ? [] : [`Where nobody can tell:\n${table(UNLISTED_COLUMNS, unlisted)}`])
  ].join('\n')
}

function sectionText(drift: JsonObject, { name, title, columns }: Section): string {
  const rows = rowsOf(drift, name)
  if (rows.length === 0) return ''
  const choices = rows.flatMap(choicesOf)
  const filled = columns.filter(({ of }) => rows.some((row) => of(row) !== ''))
  return `${title}:\n${table(filled, rows)}${choices.map((line) => `  ${line}\n`).join('')}`
}

/** The command of each choice, and from when on. */
function choicesOf(row: JsonObject): readonly string[] {
  return rowsOf(row, 'choices').map((choice) => {
    const from = field(choice, 'from') === '' ? '' : `   # from ${time(choice, 'from')} UTC`
    return `${pasteable(field(choice, 'command'))}${from}`
  })
}
