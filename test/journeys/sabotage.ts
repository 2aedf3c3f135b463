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

/** Those of one list are done one after the other, to one source; the lists beside each other. */
const LISTS: readonly (readonly Kind[])[] = [
  ['by tenants and owners', 'after the start'],
  ['by superusers', 'on the way'],
  ['blinded']
]

/** Switches with one sabotage each, of those that `wanted` names; then those that must succeed, or be refused from the start. */
export async function sabotageJourney(
  wanted: (one: Case) => boolean,
  told: (line: Line) => void = () => undefined
): Promise<readonly Line[]> {
  const stage = await openStage()
  const lines: Line[] = []
  const keep = (line: Line) => {
    lines.push(line)
    told(line)
  }
  try {
    await Promise.all(LISTS.map((kinds) => workOff(stage, kinds, wanted, keep)))
    keep(await refusedByName(stage))
    return lines
  } finally {
    await stage.end()
  }
}

async function workOff(
  stage: Stage,
  kinds: readonly Kind[],
  wanted: (one: Case) => boolean,
  keep: (line: Line) => void
): Promise<void> {
  const cases = kinds.flatMap((kind) => casesOf(kind, stage.harbour)).filter(wanted)
  if (cases.length === 0) return
  const isBlinded = kinds.includes('blinded')
  const source = await newSource(stage, 'berlin')
  await (isBlinded ? fillBlinded(source) : fill(source))
  for (const one of cases) keep(await safely(one, () => trial(stage, source, one)))
  keep(await succeedsDespite(source, isBlinded))
}

async function fill(source: Source): Promise<void> {
  await source.fill(['tenant', 'owner'])
  await source.ask(PLAIN)
}

async function fillBlinded(source: Source): Promise<void> {
  await source.ask('CREATE TABLE public.written (id bigserial PRIMARY KEY)')
  await source.ask(BLINDS)
}

/** What ends a trial before its end is a finding too. */
async function safely({ thing, where }: Case, run: () => Promise<Line>): Promise<Line> {
  try {
    return await run()
  } catch (error) {
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
