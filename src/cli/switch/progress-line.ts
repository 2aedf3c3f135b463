import type { JsonObject } from '../../contract/json.ts'
import { field, numberAt, objectAt, time } from '../answer.ts'
import { printable } from '../printable.ts'
import { duration, size } from './duration.ts'

const BAR = 20

/** One line: where it stands, how far it is, how long nobody could write so far. */
export function progressLine(seen: JsonObject): string {
  const progress = objectAt(seen, 'progress')
  const frozen = numberAt(seen, 'frozenMs')
  const head = stateText(seen)
  return [
    progress ? `${head.padEnd(8)}  ${barOf(progress)}` : head,
    ...(frozen === undefined ? [] : [`frozen for ${duration(frozen)}`]),
    ...(progress ? amounts(progress) : [])
  ].join(', ')
}

/** Where it stands, and what it waits for. */
export function stateText(seen: JsonObject): string {
  const state = printable(field(seen, 'state'))
  if (field(seen, 'cancel') !== '') return `${state} (is being cancelled)`
  if (seen['waitsForGo'] !== true) return state
  const until = time(seen, 'deadlineAt')
  const id = printable(field(seen, 'id'))
  return `${state}: waiting for go${until === '' ? '' : ` until ${until} UTC`} (portolan switch go ${id})`
}

function barOf(progress: JsonObject): string {
  const percent = numberAt(progress, 'percent') ?? 0
  const done = Math.round((Math.min(100, percent) / 100) * BAR)
  return `[${'#'.repeat(done)}${'-'.repeat(BAR - done)}] ${String(percent).padStart(3)} %`
}

function amounts(progress: JsonObject): string[] {
  const of = (name: string) => numberAt(progress, name) ?? 0
  const left = numberAt(progress, 'secondsLeft')
  const what = printable(field(progress, 'what'))
  return [
    `${size(of('bytes'))} of ${size(of('totalBytes'))}`,
    `${of('objects')} of ${of('totalObjects')} objects`,
    ...(left === undefined ? [] : [`about ${duration(left * 1000)} left`]),
    ...(what === '' ? [] : [what])
  ]
}
