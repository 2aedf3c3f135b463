import { type Diagnosis, worstOf } from '../domain/diagnosis.ts'
import { rowsOf } from './answer.ts'
import { askBroker } from './ask-broker.ts'
import { colouredLevel } from './columns.ts'
import type { Input } from './command.ts'
import { examine } from './doctor/examine.ts'
import { EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'

export async function doctor({ options }: Input): Promise<number> {
  const findings = options['live'] ? await liveFindings() : await examine(process.env)
  const worst = worstOf(findings)
  if (options['json']) printJson({ worst, findings })
  else print(findings.map(findingText).join(''))
  return worst === 'refused' ? EXIT.failed : EXIT.ok
}

async function liveFindings(): Promise<readonly Diagnosis[]> {
  const answer = await askBroker({ path: ['doctor'] })
  return rowsOf(answer, 'findings') as unknown as readonly Diagnosis[]
}

function findingText({ about, level, subject, text, remedy }: Diagnosis): string {
  const line = `${colouredLevel(level)}  ${printable(about)}: ${printable(subject)}: ${printable(text)}\n`
  return remedy === undefined ? line : `${line}         ${printable(remedy)}\n`
}
