import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import type { Saboteur } from '../../support/every-sabotage.ts'

/** What is done to the switches of one source, told through files of a folder. */
export type Order =
  /** Between copy and verification, in the target. */
  | {
      readonly at: 'target'
      readonly as: Saboteur
      readonly sql: string
      /** Where the target has one. */
      readonly superuser?: Pick<PostgresqlAccess, 'user' | 'password'>
    }
  /** Between the pre-check and the freeze, by the tenant, in the source. */
  | { readonly at: 'source'; readonly sql: string }
  /** pg_restore makes less than it was told, and says that all went well. */
  | { readonly at: 'restore'; readonly section: 'pre-data' | 'post-data'; readonly keeps: 'half' | 'nothing' }

/** In the broker. `source` is the name of the source's database. */
export function ordersFor(folder: string, source: string): readonly Order[] {
  const file = fileOf(folder, source)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Order[]) : []
}

/** In the broker: what became of an order. */
export function report(folder: string, source: string, outcome: string): void {
  appendFileSync(reportOf(folder, source), `${JSON.stringify(outcome)}\n`)
}

/** In the journey: from now on, until the next call. */
export function give(folder: string, source: string, orders: readonly Order[]): void {
  writeFileSync(fileOf(folder, source), JSON.stringify(orders), { mode: 0o600 })
  rmSync(reportOf(folder, source), { force: true })
}

export const DONE = 'done'

/** In the journey: what became of the orders, in the order in which they were followed. */
export function outcomes(folder: string, source: string): readonly string[] {
  const file = reportOf(folder, source)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => String(JSON.parse(line)))
}

function fileOf(folder: string, source: string): string {
  return join(folder, `${source}.json`)
}

function reportOf(folder: string, source: string): string {
  return join(folder, `${source}.report`)
}
