const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's']
] as const

/** `850 ms`, `12.3 s`, `2 min 5 s`, `3 h 10 min`: two units at most. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${Math.round(ms / 100) / 10} s`
  const first = UNITS.findIndex(([unit]) => ms >= unit)
  const [large, name] = UNITS[first] ?? [1000, 's']
  const [small, next] = UNITS[first + 1] ?? [1000, 's']
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${name}${rest === 0 ? '' : ` ${rest} ${next}`}`
}

/** `412 MB`; below one, kilobytes. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  if (bytes < 10_000_000_000) return `${Math.round(bytes / 1_000_000)} MB`
  return `${Math.round(bytes / 1_000_000_000)} GB`
}
