import { createReadStream } from 'node:fs'
import { generatedBefore } from '../config/first-start.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { AUDIT_PURPOSE, ERASURE, type LinkedRow, openKept } from '../store/audit-chain.ts'
import type { AuditRow, ChainLink } from '../store/chain-link.ts'
import { openSeal, type Seal } from '../store/seal.ts'
import { type Evidence, verifyLinks } from '../store/verify-audit.ts'
import type { Verdict } from './audit-verdict.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { linesIn } from './lines.ts'

const AT_ONCE = 500

/** A file that `portolan audit export` wrote, with the keys that are configured here; no broker is asked. */
export async function verifyExport(path: string): Promise<Verdict> {
  const { kept, erasures } = await overview(path)
  const evidence = evidenceOf(sealOfSettings(), kept, erasures)
  const verdict: Verdict = { links: 0, erased: 0, faults: [], breaks: [] }
  let before: ChainLink | undefined
  for await (const linked of pieces(path)) {
    const { faults, breaks, erased, last } = await verifyLinks(evidence, before, linked)
    before = last
    verdict.links += linked.length
    verdict.erased += erased
    verdict.faults.push(...faults.map((fault) => ({ ...fault })))
    for (const { number: link, at, after, seen } of breaks)
      verdict.breaks.push({ link, at: new Date(at).toISOString(), after: after.number, seen: seen.number })
  }
  const head = before && { number: before.number, mac: before.mac, at: new Date(before.at).toISOString() }
  return { ...verdict, ...(head ? { end: { head, unsealed: 0, witnesses: [] } } : {}) }
}

function sealOfSettings(): Seal {
  const { keys, dataDir } = loadConfig(process.env)
  return openSeal(keys.length > 0 ? keys : (generatedBefore(dataDir).keys ?? []))
}

function evidenceOf(seal: Seal, kept: JsonObject, erasures: ReadonlyMap<number, AuditRow>): Evidence {
  return {
    async keyOf(id) {
      const sealed = Object.hasOwn(kept, id) ? kept[id] : undefined
      return (
        seal.derived(id, AUDIT_PURPOSE) ??
        (typeof sealed === 'string' ? openKept(seal, id, sealed) : undefined)
      )
    },
    rowAt: async (seq) => erasures.get(seq)
  }
}

/** What is needed before the first row is looked at. */
async function overview(path: string) {
  const erasures = new Map<number, AuditRow>()
  let kept: JsonObject = {}
  let isExport = false
  for await (const line of objects(path)) {
    if (line['portolan'] === 'audit') {
      isExport = true
      kept = isObject(line['keys']) ? line['keys'] : {}
    }
    const { row } = line['action'] === ERASURE ? linkedRow(line) : {}
    if (row) erasures.set(row.seq, row)
  }
  if (!isExport) throw new CommandFailure(EXIT.usage, `${path} is no export of the audit`)
  return { kept, erasures }
}

async function* pieces(path: string): AsyncIterable<readonly LinkedRow[]> {
  let piece: LinkedRow[] = []
  for await (const line of objects(path)) {
    if (line['portolan'] === 'audit') continue
    piece.push(linkedRow(line))
    if (piece.length < AT_ONCE) continue
    yield piece
    piece = []
  }
  yield piece
}

async function* objects(path: string): AsyncIterable<JsonObject> {
  let number = 0
  for await (const line of linesIn(createReadStream(path))) {
    number++
    if (line.trim() === '') continue
    const value = parsed(line)
    if (!isObject(value)) throw new CommandFailure(EXIT.failed, `${path}:${number}: no JSON object`)
    yield value
  }
}

function parsed(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json
  } catch {
    return undefined
  }
}

/** As it was in the store. What is not as it should be fails its seal. */
function linkedRow({ link, ...row }: JsonObject): LinkedRow {
  const told = isObject(link) ? link : {}
  const sealed = { personal: {}, ...told, at: Date.parse(String(told['at'])) } as unknown as ChainLink
  if (row['seq'] === undefined) return { link: sealed }
  const { platform = '', detail, at } = row
  return {
    link: sealed,
    row: {
      ...row,
      platform,
      at: Date.parse(String(at)),
      detail: isObject(detail) ? detail : {}
    } as unknown as AuditRow
  }
}
