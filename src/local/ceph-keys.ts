import { createHmac } from 'node:crypto'

/** What one part of the store may do at the others. */
const RIGHTS = {
  'mon.': { mon: 'allow *' },
  'osd.0': { mon: 'allow profile osd', osd: 'allow *' },
  'client.rgw': { mon: 'allow rw', osd: 'allow rwx' }
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type CephPart = keyof typeof RIGHTS

export const CEPH_PARTS = Object.keys(RIGHTS) as readonly CephPart[]

/** The file by which these parts prove who they are. Everything here follows from the one password, so nothing of it can be lost. */
export function keyringOf(password: string, parts: readonly CephPart[]): string {
  return parts.map((part) => sectionOf(password, part)).join('')
}

/** An UUID. */
export function clusterIdOf(password: string): string {
  const text = derived(password, 'cluster').toString('hex')
  return text.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}

/** The secret half of the key with which the broker owns the buckets of one provider. */
export function accountSecretOf(password: string, account: string): string {
  return derived(password, `account ${account}`).toString('base64url')
}

function sectionOf(password: string, part: CephPart): string {
  const caps = Object.entries(RIGHTS[part]).map(([where, right]) => `caps ${where} = "${right}"\n`)
  return `[${part}]\nkey = ${cephKey(derived(password, part))}\n${caps.join('')}`
}

/** As Ceph keeps one: a type, the time it was made (which nobody asks for), its length, itself. */
function cephKey(secret: Buffer): string {
  const head = Buffer.alloc(12)
  head.writeUInt16LE(1, 0)
  head.writeUInt16LE(16, 10)
  return Buffer.concat([head, secret.subarray(0, 16)]).toString('base64')
}

function derived(password: string, label: string): Buffer {
  return createHmac('sha256', password).update(label).digest()
}
