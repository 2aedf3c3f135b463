import type { JsonObject } from '../../contract/json.ts'
import { field, numberAt, objectAt, rowsOf, textsOf } from '../answer.ts'
import { askBroker } from '../ask-broker.ts'
import type { Input } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { section } from '../instances-show.ts'
import { print, printJson } from '../output.ts'
import { printable } from '../printable.ts'
import { list } from '../table.ts'
import { duration, size } from './duration.ts'
import { FINDING_COLUMNS } from './finding-columns.ts'
import { placeText, sentences } from './switch-text.ts'

/** Exit code 1 when something blocks. */
export async function switchPlan({ arguments: { INSTANCE }, options }: Input): Promise<number> {
  const { to: plan, region } = options
  const answer = await askBroker({
    path: ['switches', 'plan'],
    query: { instance: INSTANCE, plan, region }
  })
  if (options['json']) printJson(answer)
  else print(planText(answer))
  return answer['begins'] === true ? EXIT.ok : EXIT.failed
}

function planText(plan: JsonObject): string {
  return [
    list([
      ['instance', `${field(plan, 'instance')} (there: ${field(plan, 'osbInstance')})`],
      ['from', placeText(objectAt(plan, 'from'))],
      ['to', placeText(objectAt(plan, 'to'))],
      ['size', sizeText(objectAt(plan, 'size'))],
      ['estimate', estimateText(objectAt(plan, 'estimate'))]
    ]),
    section('Findings', FINDING_COLUMNS, rowsOf(plan, 'findings')),
    sentences('What the application will feel', textsOf(plan, 'effects')),
    `\n${closing(plan)}\n`
  ].join('')
}

function sizeText(amount: JsonObject | undefined): string {
  return amount ? `${size(numberAt(amount, 'bytes') ?? 0)}, ${field(amount, 'objects')} objects` : ''
}

function estimateText(estimate: JsonObject | undefined): string {
  if (!estimate) return ''
  const of = (name: string) => duration((numberAt(estimate, name) ?? 0) * 1000)
  return `${of('copySeconds')} to copy, ${of('freezeSeconds')} frozen`
}

function closing(plan: JsonObject): string {
  if (plan['begins'] !== true) return 'It does not begin: what is blocking has to be mended first.'
  const needed = textsOf(plan, 'accept').map((id) => `--accept ${printable(id)}`)
  return needed.length === 0 ? 'It can begin.' : `It can begin with ${needed.join(' ')}`
}
