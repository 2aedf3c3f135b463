/** Commands whose second word is part of their name. */
const CONTAINERS = new Set(['ACL', 'CLIENT', 'CLUSTER', 'CONFIG', 'FUNCTION', 'LATENCY', 'MODULE', 'SCRIPT'])

/** A short name of a Redis command for failures and metrics: never a key, a value or a password. */
export function commandLabel(words: readonly string[]): string {
  const [first = '', second = ''] = words.map((word) => word.toUpperCase())
  if (!/^[A-Z_]{1,24}$/.test(first)) return 'a command'
  return CONTAINERS.has(first) && /^[A-Z]{1,16}$/.test(second) ? `${first} ${second}` : first
}
