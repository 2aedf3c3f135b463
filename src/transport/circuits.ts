import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { ProviderFailure } from '../contract/errors.ts'

/** So many calls in a row without an answer open a circuit. */
const SILENT_CALLS = 5
/** So long an open one lets nobody through; then one call finds out whether there is an answer again. */
const REST_MS = 30_000
/** For those who come while that one call is under way: about as long as it may take. */
const PROBE_SECONDS = 10
/** Nobody has asked for so long: whatever stood there is of no interest any more. */
const FORGOTTEN_MS = 3600_000

export interface OpenCircuit {
  readonly provider: string
  /** Host and port. */
  readonly target: string
  /** 0: the next call is let through. */
  readonly restsForMs: number
}

/** Who is called, for which provider. */
export interface Line {
  readonly provider: string
  readonly target: string
  /** Ends the call; what it comes to then says nothing about the other side. */
  readonly signal: AbortSignal
}

/** What a call came to that was no answer. */
class Silence extends Error {
  override readonly name = 'Silence'
  readonly failure: unknown
  /** It was ended by us before the other side had its time. */
  readonly isOurs: boolean

  constructor(failure: unknown, isOurs: boolean) {
    super('no answer')
    this.failure = failure
    this.isOurs = isOurs
  }
}

/** What is known of one host of one provider. */
interface Circuit {
  readonly provider: string
  readonly target: string
  readonly policy: ReturnType<typeof circuitBreaker>
  readonly silences: ConsecutiveBreaker
  restsUntil: number
  askedAt: number
  calls: number
}

/**
 * The circuit breakers of one process, one for each provider and host: a dead database of one tenant does not close the
 * interface of its provider. After five calls in a row without an answer the host is left alone for half a minute, and every
 * call to it fails at once, so that nobody waits for it; then one call is let through. Any answer, whatever it says, closes the
 * circuit again.
 */
export class Circuits {
  readonly #now: () => number
  readonly #circuits = new Map<string, Circuit>()

  /** Only differences of this time matter, and the hour that people are told. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls, unless the circuit is open. `isAnswer`: whether a failure came from the other side. */
  async call<T>(line: Line, isAnswer: (failure: unknown) => boolean, work: () => Promise<T>): Promise<T> {
    const circuit = this.#circuit(line)
    this.#refuseOpen(circuit)
    circuit.calls += 1
    circuit.askedAt = this.#now()
    try {
      const heard = await circuit.policy.execute(() => listen(line, isAnswer, work))
      if ('answer' in heard) return heard.answer
      throw heard.failure
    } catch (thrown) {
      throw thrown instanceof Silence ? thrown.failure : thrown
    } finally {
      circuit.calls -= 1
      this.#forgetSound(circuit)
    }
  }

  open(): readonly OpenCircuit[] {
    this.#forgetOld()
    return [...this.#circuits.values()]
      .filter(({ policy }) => policy.state !== CircuitState.Closed)
      .map(({ provider, target, restsUntil }) => ({
        provider,
        target,
        restsForMs: Math.max(0, restsUntil - this.#now())
      }))
  }

  #circuit({ provider, target }: Line): Circuit {
    const key = keyOf({ provider, target })
    const known = this.#circuits.get(key)
    if (known) return known
    this.#forgetOld()
    const made = this.#closed(provider, target)
    this.#circuits.set(key, made)
    return made
  }

  #closed(provider: string, target: string): Circuit {
    const silences = new ConsecutiveBreaker(SILENT_CALLS)
    const now = this.#now
    // The library counts time by the clock of the machine; its pause is asked for at each call, so ours decides.
    const rest = {
      get duration() {
        return now() < circuit.restsUntil ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      },
      next() {
        circuit.restsUntil = now() + REST_MS
        return rest
      }
    }
    const policy = circuitBreaker(
      // A first call after the rest that we ended ourselves has found nothing out: that is no reason to let all others through.
      handleWhen(
        (thrown) => thrown instanceof Silence && (!thrown.isOurs || policy.state === CircuitState.HalfOpen)
      ),
      { halfOpenAfter: rest, breaker: silences }
    )
    const circuit: Circuit = { provider, target, policy, silences, restsUntil: 0, askedAt: now(), calls: 0 }
    return circuit
  }

  #refuseOpen({ provider, target, policy, restsUntil }: Circuit): void {
    const restsForMs = restsUntil - this.#now()
    if (policy.state === CircuitState.HalfOpen) {
      throw new ProviderFailure(
        'unavailable',
        `The provider ${provider} does not answer at ${target}: it is being asked now whether it is back.`,
        { retryAfterSeconds: PROBE_SECONDS }
      )
    }
    if (policy.state !== CircuitState.Open || restsForMs <= 0) return
    const at = new Date(restsUntil).toISOString().slice(11, 19)
    throw new ProviderFailure(
      'unavailable',
      `The provider ${provider} does not answer at ${target}: it is asked again at ${at} UTC.`,
      { retryAfterSeconds: Math.ceil(restsForMs / 1000) }
    )
  }

  #forgetSound(circuit: Circuit): void {
    const { policy, silences, calls } = circuit
    const isSound = policy.state === CircuitState.Closed && silences.state === 0
    if (isSound && calls === 0) this.#circuits.delete(keyOf(circuit))
  }

  #forgetOld(): void {
    const old = this.#now() - FORGOTTEN_MS
    for (const [key, { askedAt, calls }] of this.#circuits) {
      if (calls === 0 && askedAt < old) this.#circuits.delete(key)
    }
  }
}

function keyOf({ provider, target }: Pick<Line, 'provider' | 'target'>): string {
  return `${provider} ${target}`
}

type Heard<T> = { readonly answer: T } | { readonly failure: unknown }

async function listen<T>(
  { signal }: Line,
  isAnswer: (failure: unknown) => boolean,
  work: () => Promise<T>
): Promise<Heard<T>> {
  try {
    return { answer: await work() }
  } catch (failure) {
    if (isAnswer(failure)) return { failure }
    throw new Silence(failure, signal.aborted)
  }
}
