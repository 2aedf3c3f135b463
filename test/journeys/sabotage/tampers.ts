import type { Message, Tamper } from './wire.ts'

/** What happens to the rows of one COPY. */
type Rows = (row: Message, at: number) => readonly Message[] | 'cut'

/** Only the rows that go into `table`; all the rest passes. */
export function rowsInto(table: string, happened: () => void, make: () => Rows): () => Tamper {
  return () => {
    let at = -1
    let rows = make()
    return (message) => {
      const { type, content } = message
      if (type === 'Q') {
        at = content.toString('utf8').includes(`COPY ${table} (`) ? 0 : -1
        rows = make()
      }
      if (type !== 'd' || at < 0) return [message]
      const answer = rows(message, at)
      at += 1
      if (answer === 'cut' || answer.length !== 1 || answer[0] !== message) happened()
      return answer
    }
  }
}

/** The first row comes with the header of the stream, the last message is its end: both stay. */
export const losesARow: Rows = (row, at) => (at === 1 ? [] : [row])

/** As many rows as were sent. */
export function doublesARow(): Rows {
  let kept: Message | undefined
  return (row, at) => {
    if (at === 1) kept = row
    return at === 2 && kept ? [kept] : [row]
  }
}

export const cutsTheStream: Rows = (row, at) => (at === 2 ? 'cut' : [row])

/** Texts, wherever they are. Of the same length, for a stream of rows tells the length of each value. */
export function replaces(pairs: readonly (readonly [from: string, to: string])[]): Rows {
  const any = new RegExp(pairs.map(([from]) => from).join('|'), 'g')
  return (row) => {
    const text = row.content.toString('latin1')
    const changed = text.replaceAll(any, (found) => pairs.find(([from]) => from === found)?.[1] ?? found)
    return changed === text ? [row] : [{ type: row.type, content: Buffer.from(changed, 'latin1') }]
  }
}

/** A statement says something else than was meant. */
export function rewrites(from: string, to: string, happened: () => void): () => Tamper {
  return () => (message) => {
    if (!isStatement(message, from)) return [message]
    happened()
    return [
      {
        type: message.type,
        content: Buffer.from(message.content.toString('latin1').replace(from, to), 'latin1')
      }
    ]
  }
}

/** Whoever sends a statement that says `text` is cut off in the middle of its work. */
export function cutsAt(text: string, happened: () => void): () => Tamper {
  return () => (message) => {
    if (!isStatement(message, text)) return [message]
    happened()
    return 'cut'
  }
}

function isStatement({ type, content }: Message, text: string): boolean {
  return (type === 'Q' || type === 'P') && content.toString('latin1').includes(text)
}
