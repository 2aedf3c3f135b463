import { isIP } from 'node:net'

/** A CIDR block; a single address becomes the block that holds only it. `undefined` when it is neither. */
export function networkOf(text: string): string | undefined {
  const [address = '', length, ...rest] = text.trim().split('/')
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (bits === 0 || rest.length > 0 || address.includes('%')) return undefined
  if (length === undefined) return `${address}/${bits}`
  return /^\d{1,3}$/.test(length) && Number(length) <= bits ? `${address}/${Number(length)}` : undefined
}
