import type { Call } from '../../../contract/ports.ts'
import { gatherStatistics } from './gather-statistics.ts'
import type { Progress } from './progress.ts'
import type { SourceIndex, SourceTable } from './source-tables.ts'
import type { Entry, Structure } from './structure.ts'
import type { Lane, Tasks } from './tasks.ts'

/** Smaller tables are done together, by one program: starting it takes longer than one of them. */
const SMALL_BYTES = 4_000_000
const BASKET_BYTES = 32_000_000
const BASKET_TABLES = 64

/** Building takes about ten times as long as reading what is built. */
const PACE = 10

/** The planner's statistics are of a sample, however large the table is. */
const SAMPLE_BYTES = 64_000_000

/** A primary key, a unique or an exclusion constraint: building it shuts everybody else out of the table. */
const CONSTRAINT = /^2606 /

interface Built {
  readonly entry: Entry
  readonly index: SourceIndex
}

interface Ready {
  readonly table: SourceTable
  readonly builts: readonly Built[]
}

/**
 * Each table's indexes as soon as its rows are there, then what the planner wants to know of it. Whatever would wait for another's lock
 * on the table comes after it, so that no lane is held up: constraints, one after the other; then indexes side by side; then statistics.
 */
export class Indexes {
  /** Entries of the archive that are built, or will be. */
  readonly taken = new Set<Entry>()
  readonly #work: IndexWork
  readonly #entries: ReadonlyMap<string, Entry>
  #basket: Ready[] = []

  constructor(entries: readonly Entry[], work: IndexWork) {
    this.#entries = new Map(entries.map((entry) => [entry.object, entry]))
    this.#work = work
  }

  /** What a table's index tasks will weigh, before they are tasks. */
  weightOf({ indexes }: SourceTable): number {
    return PACE * indexes.reduce((sum, { weight }) => sum + weight, 0)
  }

  /** Its rows are there: from now on its indexes are built. */
  ready(table: SourceTable): void {
    const builts = table.indexes.flatMap((index): Built[] => {
      const entry = this.#entries.get(index.entry)
      return entry === undefined ? [] : [{ entry, index }]
    })
    for (const { entry } of builts) this.taken.add(entry)
    if (sizeOf({ table, builts }) >= SMALL_BYTES) return this.#addConstraints({ table, builts })
    this.#basket.push({ table, builts })
    const isFull = this.#basket.reduce((sum, each) => sum + sizeOf(each), 0) >= BASKET_BYTES
    if (isFull || this.#basket.length >= BASKET_TABLES) this.flush()
  }

  /** No table will follow. */
  flush(): void {
    const all = this.#basket
    this.#basket = []
    if (all.length === 0) return
    const builts = all.flatMap((each) => each.builts)
    this.#add(weigh(builts), async (lane) => {
      await this.#build(builts, `${builts.length} small indexes`)
      await this.#analyze(
        all.map(({ table }) => table),
        lane
      )
    })
  }

  #addConstraints({ table, builts }: Ready): void {
    const constraints = builts.filter(({ index }) => CONSTRAINT.test(index.entry))
    const rest = builts.filter((built) => !constraints.includes(built))
    if (constraints.length === 0) return this.#addIndexes(table, rest)
    // As heavy as all that waits for it.
    this.#add(weigh(builts), async () => {
      await this.#build(constraints, `keys of ${table.name}`)
      this.#addIndexes(table, rest)
    })
  }

  #addIndexes(table: SourceTable, builts: readonly Built[]): void {
    const large = builts.filter(({ index }) => index.weight >= SMALL_BYTES)
    const small = builts.filter((built) => !large.includes(built))
    const parts = [...large.map((built) => [built]), ...(small.length === 0 ? [] : [small])]
    let left = parts.length
    if (left === 0) return this.#addStatistics(table)
    for (const part of parts) {
      this.#add(weigh(part), async () => {
        await this.#build(part, `indexes of ${table.name}`)
        left -= 1
        if (left === 0) this.#addStatistics(table)
      })
    }
  }

  #addStatistics(table: SourceTable): void {
    this.#add(Math.min(table.bytes, SAMPLE_BYTES), (lane) => this.#analyze([table], lane))
  }

  #add(weight: number, run: (lane: Lane) => Promise<void>): void {
    this.#work.tasks.add({ weight, run })
  }

  async #build(builts: readonly Built[], what: string): Promise<void> {
    const { structure, progress } = this.#work
    progress.at(what)
    await structure.restore(
      'post-data',
      builts.map(({ entry }) => entry)
    )
    progress.done(builts.length)
  }

  #analyze(tables: readonly SourceTable[], { target }: Lane): Promise<void> {
    const names = tables.map(({ name }) => name)
    return gatherStatistics(names, target, this.#work.call)
  }
}

interface IndexWork {
  readonly structure: Structure
  readonly tasks: Tasks
  readonly progress: Progress
  readonly call: Call
}

/** As a task. */
function weigh(builts: readonly Built[]): number {
  return PACE * builts.reduce((sum, { index }) => sum + index.weight, 0)
}

function sizeOf({ table, builts }: Ready): number {
  return table.bytes + builts.reduce((sum, { index }) => sum + index.weight, 0)
}
