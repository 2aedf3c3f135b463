import type { JsonObject } from '../contract/json.ts'
import type { Verification } from '../contract/move.ts'
import type { Place, Switch } from '../domain/switch.ts'

/** What a receipt is about. Nothing in it tells of people, logins or secrets. */
export interface CompletionInput {
  /** Verified as equal. */
  readonly switch: Switch
  /** The platform's id of the instance. */
  readonly osbId: string
  readonly brokerId: string
  readonly now: number
}

export interface ErasureInput extends CompletionInput {
  /** What the erased resource was called at its provider. */
  readonly resourceName: string
}

/** Our words in a receipt; README explains them. */
export const VOCABULARY = 'urn:portolan:receipt:1#'

export function completionClaims(input: CompletionInput): JsonObject {
  const { id, from, to, fromResource, toResource, timeline, figures, verification, retrievalUntil } =
    input.switch
  if (verification?.verdict !== 'equal' || !figures)
    throw new Error(`the switch ${id} has no verification that a receipt could tell`)
  const { bytes, rows, objects, freezeMs, copyMs, verifyMs } = figures
  return {
    id: `urn:uuid:${id}`,
    type: 'Switch',
    ...about(input),
    from: place(from, fromResource),
    to: place(to, toResource),
    timeline: timeline.map(({ state, at }) => ({ state, at: time(at) })),
    figures: { bytes, rows, objects, ...(freezeMs === undefined ? {} : { freezeMs }), copyMs, verifyMs },
    verification: summary(verification),
    ...(retrievalUntil === undefined ? {} : { retrievalUntil: time(retrievalUntil) })
  }
}

export function erasureClaims(input: ErasureInput): JsonObject {
  const { id, from, fromResource, erasure } = input.switch
  if (!erasure) throw new Error(`the source of the switch ${id} is not erased`)
  return {
    id: `urn:uuid:${fromResource}`,
    type: 'Erasure',
    ...about(input),
    switch: id,
    erased: { ...place(from, fromResource), resourceName: input.resourceName },
    method: "deletion through the provider's interface",
    erasedAt: time(erasure.at),
    // `operator:anna` is a person's name.
    orderedBy: erasure.orderedBy.replace(/:.*/s, ''),
    // Not `proof`: that is a word of the credential's own.
    proven: [...erasure.proof],
    backupExpiry: 'unknown'
  }
}

function about({ switch: { platform }, osbId, brokerId }: CompletionInput): JsonObject {
  return { broker: brokerId, platform, instance: osbId }
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
