import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import Mocha from 'mocha'
import { root } from '../support/root.ts'
import { SCENES } from './harness.ts'
import { enrolOutside } from './outside.ts'
import { folderOf } from './outside-folder.ts'
import { closing, counts, line, matrix, openMocha, play, type Row, titlesOf } from './rows.ts'

/**
 * The kit as a program: `play.ts [ADAPTER] [--only SCENE] [--json] [--from FOLDER]`. With an adapter, of ours by its name or from
 * outside by its path, its scenes one a line; without, the table of all scenes and all drivers. Exit code 1 when one failed.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { only: { type: 'string' }, json: { type: 'boolean' }, from: { type: 'string' } }
  })
  const [adapter] = positionals
  if (values.only !== undefined && !SCENES.some((scene) => scene === values.only))
    return refuse(`there is no scene "${values.only}"; there are ${SCENES.join(', ')}`)
  const enrolled = await enrol(adapter, values.from ?? process.cwd(), values.only).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error)
  )
  if (typeof enrolled === 'string') return refuse(enrolled)
  const rows = await play(enrolled, values.json ? () => {} : adapter === undefined ? tellProgress() : tell())
  if (values.json) say(JSON.stringify({ scenes: rows, ...counts(rows) }, undefined, 2))
  else say(adapter === undefined ? matrix(rows) : `\n${closing(rows)}`)
  return rows.length > 0 && counts(rows).failed === 0 ? 0 : 1
}

async function enrol(adapter: string | undefined, from: string, only?: string): Promise<Mocha> {
  const mocha = openMocha()
  const outside = adapter === undefined || isOurs(adapter) ? undefined : folderOf(adapter, from)
  if (outside === undefined) {
    mocha.grep(titlesOf(only))
    for (const file of enrolmentsIn(adapter === undefined ? 'adapters' : join('adapters', adapter)))
      mocha.addFile(file)
  } else {
    if (only !== undefined) mocha.grep(titlesOf(only))
    mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, outside, mocha)
    await enrolOutside(outside)
    for (const name of readdirSync(outside)) if (name.endsWith('.test.ts')) mocha.addFile(join(outside, name))
  }
  await mocha.loadFilesAsync()
  return mocha
}

function isOurs(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && existsSync(join(root, 'adapters', name, 'index.ts'))
}

/** Test files that enrol a driver. */
function enrolmentsIn(place: string): readonly string[] {
  return readdirSync(join(root, place), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(root, place, file))
    .filter((file) => /^\s*driverConformance\(/mu.test(readFileSync(file, 'utf8')))
    .toSorted()
}

/** A line for each scene, under its driver's name. */
function tell(): (row: Row) => void {
  let last: string | undefined
  return (row) => {
    if (row.driver !== last) say(`${last === undefined ? '' : '\n'}${row.driver}`)
    last = row.driver
    say(line(row))
  }
}

/** Whose turn it is, for who waits; the table comes in the end. */
function tellProgress(): (row: Row) => void {
  let last: string | undefined
  return ({ driver }) => {
    if (driver !== last) process.stderr.write(`${driver} …\n`)
    last = driver
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function refuse(sentence: string): number {
  process.stderr.write(`portolan: ${sentence}\n`)
  return 2
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Whatever a fake left open must not keep this waiting.
  void main(process.argv.slice(2)).then((code) => process.exit(code))
}
