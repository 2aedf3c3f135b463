/** Deeper than any answer of a provider; what walks through it by calling itself must not run out of stack. */
const MAXIMUM_DEPTH = 100

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING: readonly number[] = [0x5b, 0x7b]
const CLOSING: readonly number[] = [0x5d, 0x7d]

/** Whether lists and objects are nested deeper than we read; looked at before parsing, which would make them all. */
export function isTooDeep(json: string): boolean {
  // Another kind of text is not parsed.
  if (!/^\s*[[{]/.test(json)) return false
  let depth = 0
  let isText = false
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) isText = !isText
    else if (isText) at += code === BACKSLASH ? 1 : 0
    else if (OPENING.includes(code)) depth += 1
    else if (CLOSING.includes(code)) depth -= 1
    if (depth > MAXIMUM_DEPTH) return true
  }
  return false
}
