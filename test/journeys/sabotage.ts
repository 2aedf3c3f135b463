import { removeBrokers } from '../support/broker-process.ts'
import { BLINDS } from './sabotage/blinded.ts'
import { type Case, casesOf, type Kind } from './sabotage/cases.ts'
import { refusedByName, succeedsDespite } from './sabotage/proofs.ts'
import { newSource, type Source } from './sabotage/source.ts'
import { openStage, type Stage } from './sabotage/stage.ts'
import { type Line, trial } from './sabotage/trial.ts'

const PLAIN = `
  CREATE TABLE public.written (id bigserial PRIMARY KEY);
  CREATE TABLE public.plain (v int, t text, u text, n numeric, b bytea);
  INSERT INTO public.plain VALUES (1, 'one', 'eins', 1.1, '\\x00ff00'), (2, 'two', 'zwei', 2, NULL), (3, 'three', 'drei', 3, ''),
    (4, 'left', 'lift', 4, NULL), (5, NULL, '', 5, NULL);
  CREATE TABLE public.mails (id int PRIMARY KEY, address citext);
  INSERT INTO public.mails VALUES (1, 'Ada@example.eu');
  COMMIT;
  ANALYZE`

/** Whoever is free takes the next: sabotages of one source come one after the other. */
const WORKERS: readonly (readonly Kind[])[] = [
  ['by tenants and owners', 'after the start'],
  ['by tenants and owners', 'after the start'],
  ['by superusers', 'on the way'],
  ['blinded']
]

/**
 * Switches with one sabotage each, of those that `wanted` names and `more`; then those that must succeed, or be refused from the start.
 */
export async function sabotageJourney(
  wanted: (one: Case) => boolean,
  told: (line: Line) => void = () => undefined,
  more: readonly Case[] = []
): Promise<readonly Line[]> {
  const stage = await openStage()
  const lines: Line[] = []
  const keep = (line: Line) => {
    lines.push(line)
    told(line)
  }
  const queues = new Map(WORKERS.flat().map((kind) => [kind, casesOf(kind, stage.harbour).filter(wanted)]))
  queues.get('by tenants and owners')?.push(...more)
  try {
    await Promise.all(
      WORKERS.map((kinds) =>
        work(stage, { isBlinded: kinds.includes('blinded'), next: () => nextOf(queues, kinds) }, keep)
      )
    )
    keep(await refusedByName(stage))
    return lines
  } finally {
    await stage.end()
  }
}

function nextOf(queues: ReadonlyMap<Kind, Case[]>, kinds: readonly Kind[]): Case | undefined {
  return kinds
    .map((kind) => queues.get(kind) ?? [])
    .find((queue) => queue.length > 0)
    ?.shift()
}

interface Worker {
  readonly isBlinded: boolean
  next(): Case | undefined
}

async function work(stage: Stage, { isBlinded, next }: Worker, keep: (line: Line) => void): Promise<void> {
  let one = next()
  if (one === undefined) return
  const fresh = async () => {
    const source = await newSource(stage, 'berlin')
    await (isBlinded ? fillBlinded(source) : fill(source))
    return source
  }
  let source = await fresh()
  for (; one !== undefined; one = next()) {
    const line = await safely(stage, source, one)
    keep(line)
    // Who knows where it is now.
    if (!line.caught) source = await fresh()
  }
  keep(await succeedsDespite(source, isBlinded))
}

async function fill(source: Source): Promise<void> {
  await source.fillWith(['tenant', 'owner'])
  await source.ask(PLAIN)
}

async function fillBlinded(source: Source): Promise<void> {
  await source.ask('CREATE TABLE public.written (id bigserial PRIMARY KEY)')
  await source.ask(BLINDS)
}

/** What ends a trial before its end is a finding too. */
async function safely(stage: Stage, source: Source, one: Case): Promise<Line> {
  try {
    return await trial(stage, source, one)
  } catch (error) {
    const { thing, where } = one
    stage.assertRunning()
    const findings = [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    return { thing, where, caught: false, namedAs: '', writable: false, seconds: Number.NaN, findings }
  }
}

/** `npm run journey:sabotage [-- --only REGEXP]`: a table of every sabotage; the exit code is 1 unless all were found out. */
export async function main(argv: readonly string[]): Promise<never> {
  const only = new RegExp(argv.includes('--only') ? (argv[argv.indexOf('--only') + 1] ?? '') : '')
  let code = 1
  try {
    console.log(row('thing', 'where', 'caught', 'named as', 'source writable'))
    const lines = await sabotageJourney(
      ({ thing, where }) => only.test(`${where}: ${thing}`),
      (line) => console.log(textOf(line))
    )
    const wrong = lines.filter(({ findings }) => findings.length > 0).length
    console.log(`${lines.length - wrong} of ${lines.length} as they must be`)
    if (wrong === 0) code = 0
  } finally {
    await removeBrokers()
  }
  process.exit(code)
}

function textOf({ thing, where, caught, namedAs, writable, findings }: Line): string {
  const found = findings.map((text) => `    ✖ ${text}`)
  return [row(thing, where, caught ? 'yes' : 'no', namedAs, writable ? 'yes' : 'no'), ...found].join('\n')
}

const WIDEST = 90

function row(thing: string, where: string, caught: string, namedAs: string, writable: string): string {
  const short = thing.replaceAll(/\s+/g, ' ')
  const cut = short.length > WIDEST ? `${short.slice(0, WIDEST - 1)}…` : short
  return [cut.padEnd(WIDEST), where.padEnd(42), caught.padEnd(6), namedAs.padEnd(60), writable].join(' | ')
}
