import { printable } from './printable.ts'

export interface Column<R> {
  readonly title: string
  readonly of: (row: R) => string
}

/** Aligned columns under their titles; the last one is as wide as it likes. */
export function table<R>(columns: readonly Column<R>[], rows: readonly R[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ of }) => printable(of(row)) || '-'))
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => length(line[index]))))
  return cells.map((line) => `${aligned(line, widths)}\n`).join('')
}

/** `title  value` lines; what is empty is left out. */
export function list(entries: readonly (readonly [title: string, value: string])[]): string {
  const shown = entries.map(([title, value]) => [title, printable(value)] as const)
  const filled = shown.filter(([, value]) => value !== '')
  const width = Math.max(0, ...filled.map(([title]) => length(title)))
  return filled.map((line) => `${aligned(line, [width, 0])}\n`).join('')
}

function aligned(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - length(cell))))
    .join('  ')
    .trimEnd()
}

const graphemes = new Intl.Segmenter()

/** As people count characters. */
function length(text = ''): number {
  return Array.from(graphemes.segment(text)).length
}
