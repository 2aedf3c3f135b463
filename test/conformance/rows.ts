import Mocha from 'mocha'
import { SCENES } from './harness.ts'

/** One scene of one driver, as it was really played. */
export interface Row {
  readonly driver: string
  readonly scene: string
  readonly result: 'passed' | 'failed' | 'skipped'
  readonly seconds: number
  /** Of a failure or a skip. */
  readonly why?: string
}

const SUITE = ' keeps the driver contract'

/** Runs what was described and hears how each scene ended. */
export function play(mocha: Mocha, hear: (row: Row) => void): Promise<readonly Row[]> {
  const rows: Row[] = []
  const add = (row: Row): void => {
    rows.push(row)
    hear(row)
  }
  return new Promise((resolve) => {
    const runner = mocha.run(() => resolve(rows))
    runner.on('pass', (test) => add(rowOf(test, 'passed')))
    runner.on('pending', (test) => add(rowOf(test, 'skipped')))
    runner.on('fail', (test, error) => add({ ...rowOf(test, 'failed'), why: reasonOf(error) }))
  })
}

/** Silent: what is to be said is said from the rows. */
export function openMocha(): Mocha {
  class Silent extends Mocha.reporters.Base {
    override epilogue(): void {}
  }
  return new Mocha({ reporter: Silent, timeout: 20_000, forbidOnly: true })
}

function rowOf(test: Mocha.Runnable, result: Row['result']): Row {
  const { scene, why } = /\[(?<scene>[^\]]+)\](?:: (?<why>[\s\S]*))?$/.exec(test.title)?.groups ?? {}
  const suite = test.parent?.title ?? ''
  return {
    driver: suite.endsWith(SUITE) ? suite.slice(0, -SUITE.length) : suite,
    scene: scene ?? test.title,
    result,
    seconds: (test.duration ?? 0) / 1000,
    ...(why === undefined ? {} : { why })
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim()
}

/** Only drivers' scenes, and of these only that one. */
export function titlesOf(scene?: string): RegExp {
  const wanted = scene === undefined ? '' : `.*\\[${scene}\\]`
  return new RegExp(`${SUITE}${wanted}`)
}

export function counts(rows: readonly Row[]) {
  const of = (result: Row['result']): number => rows.filter((row) => row.result === result).length
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') }
}

export function closing(rows: readonly Row[]): string {
  const { passed, failed, skipped } = counts(rows)
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** One line, and below it all that is wrong. */
export function line({ scene, result, seconds, why = '' }: Row): string {
  const time = result === 'skipped' ? '' : `${seconds.toFixed(2)} s`
  const skipped = result === 'skipped' ? why : ''
  const first = `  ${scene.padEnd(40)}  ${result.padEnd(7)}  ${time.padStart(8)}  ${skipped}`.trimEnd()
  return result === 'failed' ? [first, ...why.split('\n').map((each) => `      ${each}`)].join('\n') : first
}

/** Scenes down, drivers across, in Markdown; skips and failures are told below, by number. */
export function matrix(rows: readonly Row[]): string {
  const drivers = [...new Set(rows.map(({ driver }) => driver))]
  const played = new Set(rows.map(({ scene }) => scene))
  const scenes = [
    ...SCENES.filter((scene) => played.has(scene)),
    ...[...played].filter((scene) => !isScene(scene))
  ]
  const notes: string[] = []
  const cells = scenes.map((scene) => [scene, ...drivers.map((driver) => cell(rows, driver, scene, notes))])
  const told = notes.map((note, index) => `${index + 1}. ${note}`)
  return [
    ...aligned([['scene', ...drivers], ...cells]),
    ...(told.length > 0 ? ['', ...told] : []),
    '',
    closing(rows)
  ].join('\n')
}

function isScene(text: string): boolean {
  return SCENES.some((scene) => scene === text)
}

/** Empty: the driver is not enrolled for it. */
function cell(rows: readonly Row[], driver: string, scene: string, notes: string[]): string {
  const row = rows.find((each) => each.driver === driver && each.scene === scene)
  if (!row) return ''
  if (row.result === 'passed') return 'passed'
  const note = (row.why ?? 'no reason').replaceAll(/\s+/g, ' ')
  const known = notes.indexOf(note)
  const number = known === -1 ? notes.push(note) : known + 1
  return `${row.result} (${number})`
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const [head = []] = lines
  const widths = head.map((_, column) => Math.max(...lines.map((each) => each[column]?.length ?? 0)))
  const [first = '', ...others] = lines.map(
    (each) => `| ${each.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  )
  return [first, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others]
}
