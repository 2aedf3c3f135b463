import type { JsonObject } from '../contract/json.ts'
import type { Verification } from '../contract/move.ts'
import type { Place, Switch } from '../domain/switch.ts'

/** What a receipt is made of. Nothing in a receipt tells of people, logins or secrets. */
export interface ReceiptFacts {
  readonly record: Switch
  /** The platform's own id of the instance. */
  readonly osbId: string
  /** Names at the providers. */
  readonly fromName: string
  readonly toName: string
  readonly broker: string
  readonly now: number
}

/** Our words in a receipt; README explains them. */
export const VOCABULARY = 'urn:portolan:receipt:1#'

export function completionClaims(facts: ReceiptFacts): JsonObject {
  const { id, from, to, fromResource, toResource, timeline, figures, verification, retrievalUntil } =
    facts.record
  if (verification?.verdict !== 'equal' || !figures)
    throw new Error(`the switch ${id} has no verification that a receipt could tell`)
  const { bytes, rows, objects, freezeMs, copyMs, verifyMs } = figures
  return {
    id: `urn:uuid:${id}`,
    type: 'Switch',
    ...about(facts),
    from: place(from, fromResource),
    to: place(to, toResource),
    timeline: timeline.map(({ state, at }) => ({ state, at: time(at) })),
    figures: { bytes, rows, objects, ...(freezeMs === undefined ? {} : { freezeMs }), copyMs, verifyMs },
    verification: summary(verification),
    ...(retrievalUntil === undefined ? {} : { retrievalUntil: time(retrievalUntil) })
  }
}

export function erasureClaims(facts: ReceiptFacts): JsonObject {
  const { id, from, fromResource, erasure } = facts.record
  if (!erasure) throw new Error(`the source of the switch ${id} is not erased`)
  return {
    id: `urn:uuid:${fromResource}`,
    type: 'Erasure',
    ...about(facts),
    switch: id,
    erased: { ...place(from, fromResource), resourceName: facts.fromName },
    method: "deletion through the provider's interface",
    erasedAt: time(erasure.at),
    // `operator:anna` is a person's name.
    orderedBy: erasure.orderedBy.replace(/:.*/s, ''),
    // Not `proof`: that is a word of the credential's own.
    proven: [...erasure.proof],
    backupExpiry: 'unknown'
  }
}

function about({ record: { platform }, osbId, broker }: ReceiptFacts): JsonObject {
  return { broker, platform, instance: osbId }
}

function place({ provider, plan, region }: Place, resource: string): JsonObject {
  return { provider, plan, region, resource }
}

function summary({ verdict, digest, compared, notes }: Verification): JsonObject {
  return { verdict, digest, compared: { ...compared }, notes: notes.length }
}

function time(at: number): string {
  return new Date(at).toISOString()
}
