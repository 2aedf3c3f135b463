/**
 * Whether a hostile text can keep this pattern busy for long. Cautious: it lets through what surely takes about as many steps
 * as the text has characters (a few times that, where parts overlap), and refuses repeated groups that can match in two ways.
 */
export function isSafePattern(pattern: string): boolean {
  if (/\\[1-9k]|\(\?[=!<]/.test(pattern)) return false
  const text = pattern.replaceAll(/\\./g, 'e').replaceAll(/\[[^\]]*\]/g, 'c')
  const groups: { varies: boolean }[] = [{ varies: false }]
  for (let at = 0; at < text.length; at += 1) {
    const group = groups.at(-1)
    if (!group) return false
    const character = text.charAt(at)
    if (character === '(') {
      groups.push({ varies: false })
      if (text.startsWith('?:', at + 1)) at += 2
    } else if (character === ')') {
      groups.pop()
      const repeated = isRepeat(text, at + 1)
      if (group.varies && repeated) return false
      const outer = groups.at(-1)
      if (outer && (group.varies || repeated)) outer.varies = true
    } else if (character === '|' || character === '?' || isRepeat(text, at)) group.varies = true
  }
  return groups.length === 1
}

/** Whether what ends before `at` may stand more than once. */
function isRepeat(text: string, at: number): boolean {
  const character = text.charAt(at)
  return character === '*' || character === '+' || /^\{\d*,?\d*\}/.test(text.slice(at, at + 24))
}
