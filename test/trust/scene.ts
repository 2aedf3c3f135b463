import { randomBytes } from 'node:crypto'
import type { Switch } from '../../src/domain/switch.ts'
import { openReceipts, type ReceiptIssuer } from '../../src/trust/receipts.ts'
import type { PublicKey } from '../../src/trust/signing-key.ts'

export const NOW = Date.parse('2026-11-27T12:00:00Z')
export const OSB_ID = '9d1f4f0c-5d3b-4a6e-8f3e-7a5f0c2b1e11'
export const BROKER_ID = '5b0f2a9e-1f7c-4c39-9a53-0d5f1b6f0c77'
export const RESOURCE_NAME = 'pq7x2m4k6n3b5v7c2d4f6g'

/** A completed move from berlin to paris, whose source is erased. */
export const MOVED: Switch = {
  id: '019ab3c0-0000-7000-8000-000000000001',
  kind: 'switch',
  platform: 'cf',
  instance: '019ab3c0-0000-7000-8000-000000000002',
  fromResource: '019ab3c0-0000-7000-8000-000000000003',
  toResource: '019ab3c0-0000-7000-8000-000000000004',
  from: { provider: 'berlin', plan: 'berlin-small', region: 'berlin-1' },
  to: { provider: 'paris', plan: 'paris-small', region: 'paris-1' },
  state: 'completed',
  directive: { cutover: 'auto', accept: [] },
  go: true,
  timeline: [
    { state: 'precheck', at: NOW - 9000 },
    { state: 'freeze', at: NOW - 5000 },
    { state: 'completed', at: NOW - 1000 }
  ],
  figures: { bytes: 123_456, rows: 789, objects: 12, freezeMs: 4000, copyMs: 2000, verifyMs: 1000 },
  verification: {
    verdict: 'equal',
    differences: [],
    different: 0,
    unverified: [],
    compared: { table: 3, sequence: 1 },
    notes: ['mapped: table shop.orders belonged to login u-Secret, belongs to the group'],
    digest: 'a'.repeat(64)
  },
  retrievalUntil: NOW + 30 * 86_400_000,
  erasure: {
    at: NOW - 500,
    orderedBy: 'operator:anna',
    proof: ['the database is gone', 'its logins cannot log in']
  },
  createdAt: NOW - 9000,
  endedAt: NOW - 1000
}

export const FACTS = {
  record: MOVED,
  osbId: OSB_ID,
  fromName: RESOURCE_NAME,
  toName: 'pd4f6g7h2j3k5m6n7p2q3r',
  broker: BROKER_ID,
  now: NOW
}

export const PUBLIC_URL = 'https://portolan.example.org'

/** A broker's receipts, and the public halves that it remembers. */
export async function receiptsOf(
  options: {
    publicUrl?: string | undefined
    signingKeys?: readonly [Buffer, ...Buffer[]]
    known?: PublicKey[]
  } = {}
): Promise<ReceiptIssuer & { readonly known: PublicKey[] }> {
  const known = options.known ?? []
  const receipts = await openReceipts({
    signingKeys: options.signingKeys ?? [randomBytes(32)],
    publicUrl: options.publicUrl,
    remember: async (keys) => {
      known.push(...keys.filter(({ kid }) => known.every((each) => each.kid !== kid)))
    }
  })
  return { ...receipts, known }
}
