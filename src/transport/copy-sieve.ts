const HEADER_BYTES = 5
const COPY_DATA = 'd'.charCodeAt(0)
const NOTHING = Buffer.alloc(0)

/** Where a server's bytes go. Each is handed them in order, a message possibly in several pieces. */
export interface SieveOutlets {
  copyData(bytes: Buffer): void
  rest(bytes: Buffer): void
}

/**
 * Parts what a server sends at the borders of its messages: CopyData with its headers, and all others. Nothing is kept but a header
 * that came in two pieces.
 */
export function copySieve(outlets: SieveOutlets): (chunk: Buffer) => void {
  let carried: Buffer = NOTHING
  /** Of the message that is under way. */
  let missing = 0
  let isCopyData = false

  const hand = (bytes: Buffer) => {
    if (bytes.length === 0) return
    if (isCopyData) outlets.copyData(bytes)
    else outlets.rest(bytes)
  }

  return (chunk) => {
    const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk])
    let begin = 0
    let next = Math.min(missing, bytes.length)
    missing -= next
    while (bytes.length - next >= HEADER_BYTES) {
      const isNextCopyData = bytes[next] === COPY_DATA
      if (isNextCopyData !== isCopyData) {
        hand(bytes.subarray(begin, next))
        begin = next
        isCopyData = isNextCopyData
      }
      const end = next + messageBytes(bytes, next)
      next = Math.min(end, bytes.length)
      missing = end - next
    }
    hand(bytes.subarray(begin, next))
    // A copy, so that four bytes do not hold a whole chunk.
    carried = next === bytes.length ? NOTHING : Buffer.from(bytes.subarray(next))
  }
}

function messageBytes(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at + 1)
  if (length < 4) throw new RangeError('the server sent a message without a length')
  return length + 1
}
