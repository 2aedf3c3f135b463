import type { JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { field, rowsOf, time } from './answer.ts'
import { auditPages } from './audit-export.ts'
import type { Verdict } from './audit-verdict.ts'
import type { Input } from './command.ts'
import { EXIT } from './exit-code.ts'
import { print, printJson, tell } from './output.ts'
import { printable } from './printable.ts'
import { verifyExport } from './verify-export.ts'

/** The running broker's audit, or an export of it in a file. */
export async function auditVerify({ arguments: { FILE }, options }: Input): Promise<number> {
  const verdict = FILE === undefined ? await verifyLive() : await verifyExport(FILE)
  if (options['json']) printJson({ sound: verdict.faults.length === 0, ...verdict })
  else print(verdictText(verdict))
  return verdict.faults.length === 0 ? EXIT.ok : EXIT.failed
}

async function verifyLive(): Promise<Verdict> {
  const verdict: Verdict = { links: 0, erased: 0, faults: [], breaks: [] }
  for await (const page of auditPages(['audit', 'verify'])) {
    verdict.links += Number(page['links'])
    verdict.erased += Number(page['erased'])
    verdict.faults.push(...rowsOf(page, 'faults'))
    verdict.breaks.push(...rowsOf(page, 'breaks'))
    if (isObject(page['end'])) verdict.end = page['end']
    else if (process.stderr.isTTY) tell(`\r${verdict.links} rows`)
  }
  if (process.stderr.isTTY) tell('\r')
  return verdict
}

function verdictText({ links, erased, faults, breaks, end }: Verdict): string {
  const lines = [
    ...faults.map((fault) => `${field(fault, 'fault')}: ${printable(field(fault, 'text'))}`),
    ...breaks.map(breakText),
    ...(erased > 0 ? [`Personal fields of ${erased} rows were erased, and rows tell of it.`] : []),
    ...(end ? endLines(end) : []),
    faults.length === 0
      ? `Nothing is wrong with ${links} links.`
      : `${faults.length === 1 ? 'One fault' : `${faults.length} faults`} in ${links} links.`
  ]
  return `${lines.join('\n')}\n`
}

function breakText(broken: JsonObject): string {
  const [after, seen] = [field(broken, 'after'), field(broken, 'seen')]
  return `An older store was restored: what followed the link ${after}, up to the link ${seen} at least, is lost. Confirmed ${time(broken, 'at')}.`
}

function endLines(end: JsonObject): string[] {
  const head = isObject(end['head']) ? end['head'] : {}
  return [
    `The chain ends with the link ${field(head, 'number')}, mac ${field(head, 'mac')}, sealed ${time(head, 'at')}.`,
    ...rowsOf(end, 'witnesses').map(
      (each) => `${printable(field(each, 'name'))}: ${printable(field(each, 'text'))}.`
    ),
    ...(end['unsealed'] === 0 ? [] : [`${field(end, 'unsealed')} rows wait to be sealed.`])
  ]
}
