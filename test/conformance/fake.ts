import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { JsonObject } from '../../src/contract/json.ts'
import { findAdapter } from '../../src/registry/adapters.ts'
import { loadFamilies } from '../../src/registry/families.ts'
import { root } from '../support/root.ts'
import type { Kit, StandingFake } from './kit.ts'
import { kitOf } from './lend.ts'
import { folderOf } from './outside-folder.ts'

const SECOND = 1000

/**
 * The fake of an adapter from outside, alone: `fake.ts ADAPTER [--json] [--from FOLDER]`. Prints what portolan.yaml says of it and
 * stands, its time going as ours, until standard input ends or a signal comes; with it go the servers behind it.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { json: { type: 'boolean' }, from: { type: 'string' } }
  })
  const folder = folderOf(positionals[0] ?? '', values.from ?? process.cwd())
  const name = await nameOf(folder)
  const ended = asked()
  const fake = await standing(folder)
  const told = lines(folder, name, fake.settings)
  process.stdout.write(values.json ? `${JSON.stringify(told)}\n` : stringify(told))
  process.stderr.write(`portolan: the fake of ${name} stands until Ctrl-C; the lines are for portolan.yaml\n`)
  const clock = setInterval(() => void Promise.resolve(fake.advanceTime?.(1)).catch(endWith), SECOND)
  await ended
  clearInterval(clock)
  await fake.close?.()
}

async function nameOf(folder: string): Promise<string> {
  const module = await findAdapter(folder, pathToFileURL(join(root, 'adapters/')), folder)
  if (typeof module === 'string') throw new Error(module)
  return module.name
}

async function standing(folder: string): Promise<StandingFake> {
  const file = join(folder, 'conformance.ts')
  const { fake }: { fake?: (kit: Kit) => Promise<StandingFake> } = await import(pathToFileURL(file).href)
  if (!fake) throw new Error(`${file} exports no \`fake\`: a function of the kit that starts the fake alone`)
  const { families } = await loadFamilies(pathToFileURL(join(root, 'src/families/')))
  return fake(kitOf(families))
}

/** A provider is known to portolan.yaml by the name that it has in the catalog. */
function lines(folder: string, adapter: string, settings: JsonObject): JsonObject {
  const providers = readdirSync(join(folder, 'catalog', 'providers'))
  const provider = providers.includes(adapter) ? adapter : (providers[0] ?? adapter)
  return {
    catalog: ['default', join(folder, 'catalog')],
    providers: { [provider]: { adapter: folder, ...settings } }
  }
}

/** Whoever started this holds its standard input open. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.resume().once('close', resolve)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

function endWith(error: unknown): void {
  process.stderr.write(`portolan: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Servers behind it end when the process does.
  main(process.argv.slice(2)).then(() => process.exit(0), endWith)
}
