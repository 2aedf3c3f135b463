import { type StoreAddress, storeRows } from '../../support/store-rows.ts'
import { pause } from './instance.ts'

/** What a broker keeps of one switch. */
export interface SwitchRecord {
  readonly id: string
  readonly state: string
  readonly timeline: readonly { readonly state: string; readonly at: number }[]
  readonly figures: {
    readonly bytes: number
    readonly rows: number
    readonly objects: number
    readonly freezeMs: number
    readonly copyMs: number
    readonly verifyMs: number
  }
  readonly verification: {
    readonly verdict: string
    readonly compared: Readonly<Record<string, number>>
    readonly notes: readonly string[]
  }
  readonly reason: string | null
  /** Names of the resources at the providers. */
  readonly from: string
  readonly to: string
  readonly receipt: string | null
}

/** Read past the broker. */
export async function recordOf(store: StoreAddress, instance: string): Promise<SwitchRecord> {
  const [row] = await storeRows(
    store,
    `select s.*, f.name as from_name, t.name as to_name from switches s
     join instances i on i.id = s.instance join resources f on f.id = s.from_resource join resources t on t.id = s.to_resource
     where i.osb_id = '${instance}' order by s.seq desc limit 1`
  )
  if (row === undefined) throw new Error(`no switch of ${instance}`)
  const json = (column: string) => JSON.parse(String(row[column] ?? '{}'))
  return {
    id: String(row['id']),
    state: String(row['state']),
    timeline: json('timeline_json'),
    figures: json('figures_json'),
    verification: json('verification_json'),
    reason: row['reason'] as string | null,
    from: String(row['from_name']),
    to: String(row['to_name']),
    receipt: row['receipt'] as string | null
  }
}

/** When a switch entered a state; the last time, if more than once. */
export function enteredAt({ timeline }: SwitchRecord, state: string): number {
  const entry = timeline.findLast((each) => each.state === state)
  if (entry === undefined) throw new Error(`the switch never was in ${state}`)
  return entry.at
}

const WITHIN_MS = 60_000

/** Until what follows a switch has been done: the source is closed, the receipt is written. */
export async function settled(store: StoreAddress): Promise<void> {
  const deadline = Date.now() + WITHIN_MS
  for (;;) {
    const open = await storeRows(
      store,
      `select kind, stage, description from operations where state = 'in progress' and kind <> 'look'`
    )
    if (open.length === 0) return
    if (Date.now() > deadline) throw new Error(`not ended: ${JSON.stringify(open)}`)
    await pause(200)
  }
}
