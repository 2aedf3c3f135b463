import { randomBytes, randomUUID } from 'node:crypto'
import { refusedWrite } from './refused-write.ts'
import type { Database, Session } from './session.ts'

/** Whether the store takes writes, for whoever tells others that it does. */
export interface Writes {
  /** Why it refuses them; nothing while it takes them, or nobody can tell. Never throws, and answers within half a second. */
  refusal(): Promise<string | undefined>
}

export interface WriteWatchOptions {
  /** For how long a write that worked is believed, and one that did not. */
  readonly soundMs?: number
  readonly refusedMs?: number
  /** So long whoever asks waits for a write that is tried. */
  readonly patienceMs?: number
  /** The store has begun, or ended, to refuse writes. */
  readonly changed?: (refusal: string | undefined) => void
}

/** What nobody has tried for so long is tried when somebody asks. */
const SOUND_MS = 30_000
const REFUSED_MS = 5_000
/** Who asks may wait for one second only. */
const PATIENCE_MS = 500

/** More than one page of either database, so that it needs room and not only a place that was free; 12 KiB that nothing makes smaller. */
const PROOF_BYTES = 12 * 1024
const PROOF = 'proof/'

/**
 * Two things tell whether a store takes writes. What the program writes itself: one that is refused counts at once, one that works
 * counts for nothing, because many transactions find nothing to change and then need no room. And one small write of ours, at most
 * every half minute and only when somebody asks: balancers ask every second, each of several, so all of them get what the last one
 * came to. One that waits (a lock, a busy disk, a commit that a standby has to confirm) says nothing: what was known before holds.
 */
export function watchWrites(
  real: Database,
  options: WriteWatchOptions = {}
): { readonly database: Database; readonly writes: Writes } {
  const watch = new WriteWatch(real, options)
  return {
    writes: watch,
    database: {
      dialect: real.dialect,
      read: (work) => real.read(work),
      snapshot: (work) => real.snapshot(work),
      write: (work) => watch.watched(real.write(work)),
      listen: (heard) => real.listen(heard),
      notify: () => real.notify(),
      close: () => real.close()
    }
  }
}

class WriteWatch implements Writes {
  readonly #database: Database
  readonly #options: WriteWatchOptions
  #refusal: string | undefined
  #refusals = 0
  #believedUntil = 0
  #proving: Promise<void> | undefined

  constructor(database: Database, options: WriteWatchOptions) {
    this.#database = database
    this.#options = options
  }

  async refusal(): Promise<string | undefined> {
    if (performance.now() >= this.#believedUntil) {
      this.#proving ??= this.#prove().finally(() => {
        this.#proving = undefined
      })
      await patiently(this.#proving, this.#options.patienceMs ?? PATIENCE_MS)
    }
    return this.#refusal
  }

  async watched<T>(written: Promise<T>): Promise<T> {
    try {
      return await written
    } catch (error) {
      this.#hear(error)
      throw error
    }
  }

  async #prove(): Promise<void> {
    const before = this.#refusals
    try {
      await this.#database.write(writeProof)
      // Room for little is no room for what was refused meanwhile.
      if (this.#refusals === before) this.#know(undefined)
    } catch (error) {
      if (!this.#hear(error)) this.#believe(this.#options.refusedMs ?? REFUSED_MS)
    }
  }

  /** Whether it was a refusal. */
  #hear(error: unknown): boolean {
    const refusal = refusedWrite(error)
    if (refusal === undefined) return false
    this.#refusals += 1
    this.#know(refusal)
    return true
  }

  #know(refusal: string | undefined): void {
    const { soundMs = SOUND_MS, refusedMs = REFUSED_MS, changed } = this.#options
    const isNew = refusal !== this.#refusal
    this.#refusal = refusal
    this.#believe(refusal === undefined ? soundMs : refusedMs)
    if (isNew) changed?.(refusal)
  }

  #believe(ms: number): void {
    this.#believedUntil = performance.now() + ms
  }
}

/**
 * One row stays, so that there is something to free: the new one is written before the old one goes, and takes room that nobody
 * has yet. It is a lease that nobody waits for; leases are in no backup.
 */
async function writeProof(session: Session): Promise<void> {
  const name = `${PROOF}${randomUUID()}`
  const text = randomBytes(PROOF_BYTES).toString('base64')
  await session.write('insert into leases (name, holder, until) values (?, ?, 0)', [name, text])
  await session.write('delete from leases where name like ? and name <> ?', [`${PROOF}%`, name])
}

async function patiently(work: Promise<void>, ms: number): Promise<void> {
  let alarm: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    alarm = setTimeout(resolve, ms)
  })
  await Promise.race([work, patience])
  clearTimeout(alarm)
}
