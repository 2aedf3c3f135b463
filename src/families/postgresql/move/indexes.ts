import { ProviderFailure } from '../../../contract/errors.ts'
import { SqlState } from '../../../contract/ports.ts'
import type { Progress } from './progress.ts'
import type { SourceIndex, SourceTable } from './source-tables.ts'
import type { Entry, Structure } from './structure.ts'
import type { Lane, Tasks } from './tasks.ts'

/** Smaller ones are built together, by one program: starting it takes longer than building one of them. */
const SMALL_BYTES = 4_000_000
const BASKET_BYTES = 32_000_000
const BASKET_INDEXES = 64

/** Building takes about ten times as long as reading what is built. */
const PACE = 10

interface Built {
  readonly entry: Entry
  readonly index: SourceIndex
  readonly table: SourceTable
}

/** Each table's indexes as soon as its rows are there, then what the planner wants to know of it. */
export class Indexes {
  /** Entries of the archive that are built, or will be. */
  readonly taken = new Set<Entry>()
  readonly #work: IndexWork
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #left = new Map<number, number>()
  #basket: Built[] = []

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
      return entry === undefined ? [] : [{ entry, index, table }]
    })
    this.#left.set(table.oid, builts.length)
    if (builts.length === 0) {
      this.#work.tasks.add({ weight: table.bytes / PACE, run: (lane) => this.#analyze([table], lane) })
    }
    for (const built of builts) {
      this.taken.add(built.entry)
      if (built.index.weight >= SMALL_BYTES) this.#add([built])
      else this.#basket.push(built)
    }
    if (weightOf(this.#basket) >= BASKET_BYTES || this.#basket.length >= BASKET_INDEXES) this.flush()
  }

  /** No table will follow. */
  flush(): void {
    if (this.#basket.length > 0) this.#add(this.#basket)
    this.#basket = []
  }

  #add(builts: readonly Built[]): void {
    this.#work.tasks.add({ weight: PACE * weightOf(builts), run: (lane) => this.#build(builts, lane) })
  }

  async #build(builts: readonly Built[], lane: Lane): Promise<void> {
    const { structure, progress } = this.#work
    progress.at(
      builts.length === 1 ? `an index of ${builts[0]?.table.name}` : `${builts.length} small indexes`
    )
    await structure.restore(
      'post-data',
      builts.map(({ entry }) => entry)
    )
    progress.done(builts.length)
    for (const { table } of builts) this.#left.set(table.oid, (this.#left.get(table.oid) ?? 1) - 1)
    const whole = new Set(builts.map(({ table }) => table).filter(({ oid }) => this.#left.get(oid) === 0))
    await this.#analyze([...whole], lane)
  }

  async #analyze(tables: readonly SourceTable[], { target }: Lane): Promise<void> {
    if (tables.length === 0) return
    try {
      await target.query(`-- gather statistics\nANALYZE ${tables.map(({ name }) => name).join(', ')}`)
    } catch (error) {
      // A tenant's function in an index may refuse; the server will try again by itself.
      if (!(error instanceof ProviderFailure && error.cause instanceof SqlState)) throw error
      this.#work.note(`statistics of ${tables.length} tables could not be gathered: ${error.message}`)
    }
  }
}

interface IndexWork {
  readonly structure: Structure
  readonly tasks: Tasks
  readonly progress: Progress
  note(text: string): void
}

function weightOf(builts: readonly Built[]): number {
  return builts.reduce((sum, { index }) => sum + index.weight, 0)
}
