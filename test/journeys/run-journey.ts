import { removeBrokers } from '../support/broker-process.ts'
import { seedFrom } from '../support/seeded.ts'

export type StoreKind = 'sqlite' | 'postgres'

/**
 * A journey as a program: `--store sqlite|postgres`, `--seed S` and `size.option N`. One JSON line per store; the exit code is 1
 * unless all is in order. Ends the process: servers of this process end with it.
 */
export async function runJourney(
  argv: readonly string[],
  size: { readonly option: string; readonly full: number },
  journey: (store: StoreKind, size: number, seed: number) => Promise<{ readonly findings: readonly string[] }>
): Promise<never> {
  const seed = seedFrom(argv)
  const wanted = Number(valueOf(argv, size.option) ?? size.full)
  const only = valueOf(argv, '--store')
  let code = 0
  try {
    for (const store of ['sqlite', 'postgres'] as const) {
      if (only !== undefined && only !== store) continue
      const report = await journey(store, wanted, seed)
      console.log(JSON.stringify(report))
      if (report.findings.length > 0) code = 1
    }
  } finally {
    await removeBrokers()
  }
  process.exit(code)
}

function valueOf(argv: readonly string[], name: string): string | undefined {
  return argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined
}
