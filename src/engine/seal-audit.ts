import { type ChainHead, NO_HEAD, type Recovery, type RecoveryReason } from '../domain/checkpoint.ts'
import { beginRecovery, forgetRestore, isBehind, RESTORED, recoveryReason } from '../store/recovery.ts'
import { auditSealer } from '../store/seal-audit.ts'
import type { Session } from '../store/session.ts'
import type { Store } from '../store/store.ts'
import type { Log } from './deps.ts'

const LOOK_MS = 2_000
const TELL_MS = 60_000

/** What a witness saw of the chain. */
export interface Seen {
  readonly witness: string
  readonly head: ChainHead
}

interface Found {
  readonly known: RecoveryReason | undefined
  readonly furthest: Seen | undefined
}

/** Places outside the store that know how far the chain has come. */
export interface Witnesses {
  /** What each has seen of this broker's chain; one that cannot be asked now is asked again. */
  seen(): Promise<readonly Seen[]>
  keep(head: ChainHead): Promise<void>
}

export interface SealingDeps {
  readonly store: Store
  readonly witnesses: Witnesses
  readonly log: Log
  /** Of this process, for the lease. */
  readonly holder: string
  /** The broker has begun or ended to recover. */
  readonly changed: () => void
}

/**
 * Seals the audit, tells its end to the witnesses, and finds out when the store is older than what they saw. All processes look;
 * one of them seals.
 */
export class AuditJob implements Recovery {
  readonly #deps: SealingDeps
  readonly #sealer: ReturnType<typeof auditSealer>
  #reason: RecoveryReason | undefined
  #newest: ChainHead = NO_HEAD
  #told = ''
  #tellAt = 0
  #alarm: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(deps: SealingDeps) {
    this.#deps = deps
    this.#sealer = auditSealer(deps.store, deps.holder)
  }

  reason(): RecoveryReason | undefined {
    return this.#reason
  }

  /** Compares once, before anything else works; then goes on by itself. */
  async start(): Promise<void> {
    await this.look()
    this.#rest()
  }

  /** Seals and tells what is left. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#alarm)
    this.#tellAt = 0
    await this.look().catch((error: unknown) => this.#failed(error))
    await this.#sealer.release().catch(() => {})
  }

  /** One after the other, whoever asks. */
  look(): Promise<void> {
    const next = this.#working.then(() => this.#look())
    this.#working = next.catch(() => {})
    return next
  }

  #rest(): void {
    if (this.#stopped) return
    this.#alarm = setTimeout(() => {
      this.look()
        .catch((error: unknown) => this.#failed(error))
        .finally(() => this.#rest())
    }, LOOK_MS)
  }

  #failed(error: unknown): void {
    this.#deps.log.error({ err: error }, 'the audit could not be sealed')
  }

  async #look(): Promise<void> {
    const { store, witnesses } = this.#deps
    const seen = await witnesses.seen()
    const found = await store.database.read((session) => this.#compare(session, seen))
    await this.#decide(found, seen)
    if (this.#reason) return
    this.#newest = found.head
    if (found.isUnsealed) await this.#seal()
    if (performance.now() >= this.#tellAt) await this.#tell()
  }

  /** The store with what others have seen of it, and with what this process saw itself. */
  async #compare(session: Session, seen: readonly Seen[]) {
    const { store } = this.#deps
    const behind: Seen[] = []
    for (const each of [{ witness: 'this process', head: this.#newest }, ...seen])
      if (await isBehind(store, session, each.head)) behind.push(each)
    const head = await store.auditChain.head(session)
    const unsealed = await store.auditChain.unsealed(session, head.floor, 1)
    return {
      known: await recoveryReason(store, session),
      furthest: behind.toSorted((a, b) => b.head.number - a.head.number)[0],
      head,
      isUnsealed: unsealed.length > 0
    }
  }

  async #decide({ known, furthest }: Found, seen: readonly Seen[]): Promise<void> {
    const { store } = this.#deps
    if (furthest) return this.#enter(await beginRecovery(store, furthest.witness, furthest.head))
    const isNewest = seen.some(({ head }) => head.mac === known?.found.mac && head.mac !== '')
    if (known?.witness !== RESTORED || !isNewest) return this.#enter(known)
    this.#enter(await forgetRestore(store, known))
  }

  #enter(reason: RecoveryReason | undefined): void {
    const before = this.#reason
    this.#reason = reason
    if (reason === undefined && before === undefined) return
    if (reason === undefined) this.#deps.log.info({}, 'the broker has recovered: it works again')
    else if (before === undefined)
      this.#deps.log.error(
        { witness: reason.witness, seen: reason.seen.number, found: reason.found.number },
        'the store is older than what was seen of it: the broker only answers reads until `portolan recover` has confirmed'
      )
    if ((reason === undefined) !== (before === undefined)) this.#deps.changed()
  }

  async #seal(): Promise<void> {
    for (;;) {
      const sealed = await this.#sealer.seal()
      if (sealed) this.#newest = sealed.head
      if (!sealed?.isPartial) return
      // Others may write between two pieces.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #tell(): Promise<void> {
    this.#tellAt = performance.now() + TELL_MS
    const { number, mac, at } = this.#newest
    if (number === 0 || mac === this.#told) return
    await this.#deps.witnesses.keep({ number, mac, at })
    this.#told = mac
    this.#deps.log.info({ number, mac, at: new Date(at).toISOString() }, 'the audit is sealed up to here')
  }
}
