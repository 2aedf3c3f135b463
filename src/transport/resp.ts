/** A refusal as an answer, or as a part of one: that of a command in a transaction. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** What a server sends, of RESP 2 and 3: a map is a list of keys and values in turn. */
export type Reply = null | boolean | number | string | Buffer | Refusal | readonly Reply[]

export interface RespLimits {
  /** Of one answer. */
  readonly bytes: number
  /** Values in one answer, in whatever lists. */
  readonly values: number
}

const MAXIMUM_LINE_BYTES = 64 * 1024
const MAXIMUM_DEPTH = 32
/** What ends a line, and a text of told length. */
const END_BYTES = 2
/** `txt:`, before a text that is for people. */
const FORMAT_BYTES = 4
const LINE_FEED = 10

/** A list that is not complete; `isPush`: nobody asked for it. */
interface Open {
  readonly items: Reply[]
  readonly length: number
  readonly isPush: boolean
}

/**
 * Reads answers as they come, in whatever pieces. Room is made for what has arrived, never for what is announced: the client
 * libraries allocate a list by the length that a server tells, and thirty bytes would cost gigabytes. Throws at what is no RESP, and
 * at an answer over the limits.
 */
export class RespReader {
  readonly #limits: RespLimits
  readonly #onReply: (reply: Reply) => void
  readonly #open: Open[] = []
  #line: Buffer[] = []
  #lineBytes = 0
  #text: { readonly type: string; readonly parts: Buffer[]; missing: number } | undefined
  #bytes = 0
  #values = 0

  constructor(limits: RespLimits, onReply: (reply: Reply) => void) {
    this.#limits = limits
    this.#onReply = onReply
  }

  read(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      at = this.#text === undefined ? this.#readLine(chunk, at) : this.#readText(chunk, at)
    }
  }

  #readLine(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(LINE_FEED, from)
    const piece = chunk.subarray(from, end === -1 ? chunk.length : end + 1)
    this.#count(piece.length)
    this.#lineBytes += piece.length
    if (this.#lineBytes > MAXIMUM_LINE_BYTES) throw new RangeError('the server sent a line without end')
    if (end === -1) {
      // A copy, so that a few bytes do not hold a whole chunk.
      this.#line.push(Buffer.from(piece))
      return chunk.length
    }
    const line = (this.#line.length === 0 ? piece : Buffer.concat([...this.#line, piece])).toString('utf8')
    this.#line = []
    this.#lineBytes = 0
    if (!line.endsWith('\r\n')) throw new SyntaxError('the server sent a line that does not end')
    this.#take(line.charAt(0), line.slice(1, -END_BYTES))
    return end + 1
  }

  #readText(chunk: Buffer, from: number): number {
    const text = this.#text
    if (text === undefined) return from
    const piece = chunk.subarray(from, from + text.missing)
    this.#count(piece.length)
    text.parts.push(Buffer.from(piece))
    text.missing -= piece.length
    if (text.missing > 0) return chunk.length
    this.#text = undefined
    const body = Buffer.concat(text.parts).subarray(text.type === '=' ? FORMAT_BYTES : 0, -END_BYTES)
    this.#value(text.type === '!' ? new Refusal(body.toString('utf8')) : body)
    return from + piece.length
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#limits.bytes) throw new RangeError('the server sent too much')
  }

  #take(type: string, told: string): void {
    if (type in LENGTHS) return this.#begin(type, told)
    const read = SCALARS[type]
    if (read === undefined) throw new SyntaxError('the server sent something else than answers')
    this.#value(read(told))
  }

  #begin(type: string, told: string): void {
    if (told === '-1') return this.#value(null)
    if (!/^\d{1,15}$/.test(told)) throw new SyntaxError('the server told a length that is none')
    const length = Number(told) * (LENGTHS[type] ?? 1)
    if (TEXTS.includes(type)) {
      if (length > this.#limits.bytes) throw new RangeError('the server sent too much')
      this.#text = { type, parts: [], missing: length + END_BYTES }
      return
    }
    if (length > this.#limits.values) throw new RangeError('the server sent too much')
    this.#countValue()
    if (this.#open.length === MAXIMUM_DEPTH) throw new RangeError('the server sent lists without end')
    this.#open.push({ items: [], length, isPush: type === '>' })
    this.#close()
  }

  #countValue(): void {
    this.#values += 1
    if (this.#values > this.#limits.values) throw new RangeError('the server sent too much')
  }

  #value(value: Reply): void {
    this.#countValue()
    const inside = this.#open.at(-1)
    if (inside === undefined) return this.#answer(value)
    inside.items.push(value)
    this.#close()
  }

  /** Every list that is complete now is a value of the one around it. */
  #close(): void {
    for (let inside = this.#open.at(-1); inside !== undefined; inside = this.#open.at(-1)) {
      if (inside.items.length < inside.length) return
      this.#open.pop()
      const around = this.#open.at(-1)
      if (around !== undefined) around.items.push(inside.items)
      else if (inside.isPush) this.#reset()
      else this.#answer(inside.items)
    }
  }

  #answer(reply: Reply): void {
    this.#reset()
    this.#onReply(reply)
  }

  #reset(): void {
    this.#bytes = 0
    this.#values = 0
  }
}

/** What begins with a length, and how many values stand for one. */
const LENGTHS: Readonly<Record<string, number>> = {
  $: 1,
  '!': 1,
  '=': 1,
  '*': 1,
  '~': 1,
  '>': 1,
  '%': 2
}
const TEXTS = '$!='

const SCALARS: Readonly<Record<string, (told: string) => Reply>> = {
  '+': (told) => told,
  '-': (told) => new Refusal(told),
  ':': numberFrom,
  ',': numberFrom,
  '(': (told) => told,
  '#': (told) => told === 't',
  _: () => null
}

/** JSON has no numbers but these; whatever else it is stays a text. */
function numberFrom(told: string): number | string {
  const value = Number(told)
  return told !== '' && Number.isFinite(value) ? value : told
}
