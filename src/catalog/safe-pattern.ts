/**
 * Whether a hostile text can keep this pattern busy for long. Cautious: it lets through what surely takes about as many steps
 * as the text has characters (a few times that, where parts overlap), and refuses repeated groups that can match in two ways.
 */
export function isSafePattern(pattern: string): boolean {
  if (/\\[1-9k]|\(\?[=!<]/.test(pattern)) return false
  const text = pattern.replaceAll(/\\./g, 'e').replaceAll(/\[[^\]]*\]/g, 'c')
  const groups: Group[] = [{ varies: false }]
  for (let at = 0; at < text.length; at += 1) {
    if (!isStepSafe(text, at, groups)) return false
  }
  return groups.length === 1
}

interface Group {
  /** Whether its content can match in more than one way. */
  varies: boolean
}

/** Takes one character of the pattern; false: what ends here can be matched in endlessly many ways, or no group was open. */
function isStepSafe(text: string, at: number, groups: Group[]): boolean {
  const character = text.charAt(at)
  if (character === '(') {
    groups.push({ varies: false })
  } else if (character === ')') {
    return closeGroup(groups, isRepeat(text, at + 1))
  } else if (character === '|' || isRepeat(text, at) || (character === '?' && text.charAt(at - 1) !== '(')) {
    const group = groups.at(-1)
    if (group) group.varies = true
  }
  return true
}

function closeGroup(groups: Group[], isRepeated: boolean): boolean {
  const closed = groups.pop()
  const outer = groups.at(-1)
  if (!closed || !outer || (closed.varies && isRepeated)) return false
  outer.varies ||= closed.varies || isRepeated
  return true
}

/** Whether what ends before `at` may stand more than once. */
function isRepeat(text: string, at: number): boolean {
  const character = text.charAt(at)
  return character === '*' || character === '+' || /^\{\d*,?\d*\}/.test(text.slice(at, at + 24))
}
