import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { checkCatalog } from '../../src/catalog/check.ts'
import type { AdapterModule, Driver } from '../../src/contract/adapter.ts'
import type { Family } from '../../src/contract/family.ts'
import { findAdapter } from '../../src/registry/adapters.ts'
import { loadFamilies } from '../../src/registry/families.ts'
import { descriptionFaults } from '../house/adapter-folder.ts'
import { importsOf, worldUses } from '../house/layers.ts'
import { root } from '../support/root.ts'
import { compile } from './compile.ts'
import { driverConformance } from './driver.ts'
import type { Enrolment } from './harness.ts'
import type { Kit } from './kit.ts'
import { kitOf } from './lend.ts'

const HOME = pathToFileURL(join(root, 'adapters/'))
const FAMILIES = pathToFileURL(join(root, 'src/families/'))

/** Enrols an adapter that is not ours, while mocha describes: its folder as a whole, then the drivers that its conformance.ts names. */
export async function enrolOutside(folder: string): Promise<void> {
  const module = await findAdapter(folder, HOME, folder)
  if (typeof module === 'string') throw new Error(module)
  const { families } = await loadFamilies(FAMILIES)
  const enrolments = await enrolmentsOf(folder, families)

  describe(`${module.name} as a whole`, function () {
    // A harness may start a real server.
    this.timeout(180_000)
    it('is complete and described as it is [folder]', () =>
      demandNone(descriptionFaults(folder, module.name, module)))
    it('compiles [types]', async () => demandNone(await compile(folder)))
    it('imports types only, and reaches the world through `call` [imports]', () =>
      demandNone(sourcesIn(folder).flatMap((file) => breaches(folder, file))))
    it('sells plans that its drivers can make [catalog]', async () =>
      demandNone(await catalogFaults(folder, module, families, enrolments)))
  })
  for (const enrolment of enrolments) driverConformance(enrolment)
}

export async function enrolmentsOf(
  folder: string,
  families: ReadonlyMap<string, Family>
): Promise<readonly Enrolment[]> {
  const { enrol }: { enrol?: (kit: Kit) => readonly Enrolment[] } = await import(
    pathToFileURL(join(folder, 'conformance.ts')).href
  )
  if (!enrol) throw new Error(`${join(folder, 'conformance.ts')} exports no \`enrol\``)
  const enrolments = enrol(kitOf(families))
  if (enrolments.length === 0) throw new Error(`${folder} enrols no driver`)
  return enrolments
}

/** What one source file does that an adapter may not; its fake and its tests are free, but for our code. */
export function breaches(folder: string, file: string): readonly string[] {
  const code = readFileSync(join(folder, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const isFree = file.startsWith(`fake${sep}`) || file === 'conformance.ts' || file.endsWith('.test.ts')
  const imported = importsOf(code)
  const values = imported.filter((path) => path.startsWith('portolan/')).length - typeImports(code)
  return [
    ...(values > 0 ? ['imports more than types of portolan: write `import type { … }`'] : []),
    ...(isFree ? [] : imported.filter(isForbidden).map((path) => `imports ${path}`)),
    ...(isFree ? [] : worldUses(code)),
    ...(isFree ? [] : kept(code))
  ].map((fault) => `${file} ${fault}`)
}

/** What a module keeps from one call to the next; a table that never changes is not meant, nor what `open` keeps for its clients. */
function kept(code: string): readonly string[] {
  const found = code.matchAll(
    /^(?:export\s+)?(?:(?:let|var)\s+(?<variable>\w+)|const\s+(?<table>\w+)[^=\n]*=\s*new\s+(?:Weak)?(?:Map|Set)\b[^(\n]*\(\s*\))/gm
  )
  return [...found].map(
    ({ groups }) =>
      `keeps ${groups?.['variable'] ?? groups?.['table']} in memory: what the next step needs goes into the handle`
  )
}

function typeImports(code: string): number {
  return [...code.matchAll(/\b(?:import|export)\s+type\s[^'"]*['"]portolan\//g)].length
}

function isForbidden(path: string): boolean {
  if (path.startsWith('./')) return path.startsWith('./fake/')
  // From a folder of its own, back into the adapter.
  if (path.startsWith('../')) return path.includes('/fake/')
  return !['portolan/contract', 'node:crypto', 'node:util'].includes(path)
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.split(sep).includes('node_modules')
  )
}

/** Its own catalog, beside ours, as an operator would have it. */
async function catalogFaults(
  folder: string,
  { name }: AdapterModule,
  families: ReadonlyMap<string, Family>,
  enrolments: readonly Enrolment[]
): Promise<readonly string[]> {
  const place = join(folder, 'catalog', 'providers')
  if (!existsSync(place))
    return ['there is no catalog/providers: who the provider is, and what plans it sells']
  const providers = readdirSync(place)
  const drivers = await driversOf(enrolments)
  const problems = await checkCatalog({
    folders: [join(root, 'catalog'), join(folder, 'catalog')],
    providers: Object.fromEntries(providers.map((provider) => [provider, name])),
    registry: {
      provider: (asked) => (providers.includes(asked) ? { adapters: [], drivers } : undefined),
      family: (asked) => families.get(asked)
    }
  })
  return [
    ...serviceFaults(folder, Object.keys(drivers)),
    ...problems.map(({ file, line, text }) => `${file}:${line}: ${text}`)
  ]
}

/** What adapter.yaml says it serves, against what is enrolled. */
export function serviceFaults(folder: string, enrolled: readonly string[]): readonly string[] {
  const { services }: { services?: unknown } = parse(readFileSync(join(folder, 'adapter.yaml'), 'utf8'))
  const told = Array.isArray(services) ? services.map(String) : []
  return [
    ...told
      .filter((name) => !enrolled.includes(name))
      .map((name) => `adapter.yaml names the service ${name}, and conformance.ts enrols no driver of it`),
    ...enrolled
      .filter((name) => !told.includes(name))
      .map(
        (name) => `conformance.ts enrols a driver of ${name}, which adapter.yaml does not name as a service`
      )
  ]
}

async function driversOf(enrolments: readonly Enrolment[]): Promise<Readonly<Record<string, Driver>>> {
  const drivers: Record<string, Driver> = {}
  for (const { open } of enrolments) {
    const harness = await open()
    if (harness.family) drivers[harness.family.name] = harness.openDriver()
    await harness.close?.()
  }
  return drivers
}

function demandNone(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`\n- ${faults.join('\n- ')}`)
}
