import { cpus } from 'node:os'

/** What a bench has measured, by name. */
export type Result = Record<string, number | string>

export function round(value: number): number {
  return Math.round(value * 100) / 100
}

export function machine(): string {
  const all = cpus()
  return `${all.length} × ${all[0]?.model ?? 'unknown'}, Node ${process.version}`
}

/** A table, or JSON where `--json` is said. */
export function print(result: Result, argv: readonly string[]): void {
  process.stdout.write(argv.includes('--json') ? `${JSON.stringify(result)}\n` : table(result))
}

function table(result: Result): string {
  const width = Math.max(...Object.keys(result).map(({ length }) => length))
  return `${Object.entries(result)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n')}\n`
}
