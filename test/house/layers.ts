import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Who may import whom. The linter has the same table (`.oxlintrc.json`), and a test holds the two together. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  boot: [],
  domain: ['contract'],
  catalog: ['contract', 'domain', 'registry', 'identity'],
  store: ['contract', 'domain'],
  service: ['contract', 'domain', 'catalog', 'store', 'identity'],
  engine: ['contract', 'domain', 'catalog', 'store', 'registry', 'transport'],
  switching: ['contract', 'domain', 'store', 'engine', 'trust'],
  trust: ['contract', 'domain'],
  registry: ['contract'],
  family: ['contract'],
  transport: ['contract'],
  identity: ['contract', 'domain'],
  local: ['contract'],
  http: ['contract', 'domain', 'service', 'identity', 'catalog'],
  cli: [
    'contract',
    'domain',
    'catalog',
    'store',
    'trust',
    'registry',
    'transport',
    'identity',
    'config',
    'start',
    'main',
    'log',
    'metrics'
  ],
  adapter: ['contract'],
  fake: ['contract', 'local', 'support'],
  config: ['contract', 'domain', 'catalog', 'identity'],
  log: ['contract', 'domain'],
  metrics: ['contract', 'domain'],
  main: ['config', 'start'],
  start: [
    'contract',
    'domain',
    'catalog',
    'store',
    'service',
    'engine',
    'switching',
    'trust',
    'registry',
    'family',
    'transport',
    'identity',
    'local',
    'http',
    'config',
    'log',
    'metrics'
  ]
}

/** Packages that only some rooms may import. */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  knex: ['store'],
  sqlite3: ['store'],
  koa: ['http'],
  '@koa/router': ['http'],
  yaml: ['catalog', 'config'],
  pg: ['transport', 'store'],
  mysql2: ['transport'],
  '@redis/client': [],
  '@aws-sdk/client-s3': ['transport'],
  cockatiel: ['transport'],
  jose: ['trust'],
  nock: []
}

/** Ways to the world that adapters and families must not take, each with what they have instead. */
const WORLD: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w$])fetch\s*\(/g, 'call.http'],
  [/(?<![.\w$])(?:setTimeout|setInterval|setImmediate)\s*\(/g, '`pending` with lookAgainInSeconds'],
  [/(?<![.\w$])(?:process|globalThis)(?:\.\w|\[)/g, 'settings'],
  [/(?<![.\w$])console\.\w+\s*\(/g, 'call.note'],
  [/(?<![.\w$])(?:Date\.now\b|performance\.now\b|new Date\(\s*\))/g, 'call.now'],
  // The next attempt must come to the same.
  [/(?<![.\w$])Math\.random\b/g, 'order.name and order.secret(label)']
]

const LONE_FILES = ['main', 'log', 'metrics']

interface Place {
  /** A layer of the table; `unknown` for a folder nobody has named. */
  readonly layer: string
  /** Files with one id may import each other: a room, one family, one adapter. */
  readonly id: string
}

/** The program's source files below `root`, tests left out. */
export function sourceFiles(root: string): readonly string[] {
  return ['src', 'adapters']
    .filter((top) => existsSync(join(root, top)))
    .flatMap((top) => filesBelow(root, top))
    .filter((file) => /\.(?:ts|mjs)$/.test(file) && !file.endsWith('.test.ts'))
}

/** What one file does that its layer may not, as sentences. */
export function breaches(root: string, file: string): readonly string[] {
  const from = placeOf(file)
  if (from.layer === 'unknown') return [`${file} is in no known room`]
  const text = readFileSync(join(root, file), 'utf8')
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [
    ...importsOf(code)
      .filter((target) => !mayImport(file, from, target))
      .map((target) => `imports ${target}`),
    ...(from.layer === 'adapter' || from.layer === 'family' ? worldUses(code) : [])
  ]
}

function mayImport(file: string, from: Place, target: string): boolean {
  if (!target.startsWith('.')) return mayImportPackage(from, target)
  const to = placeOf(join(dirname(file), target))
  if (to.id === from.id) return from.layer !== 'adapter' || to.layer !== 'fake'
  return MAY_IMPORT[from.layer]?.includes(to.layer) ?? false
}

function mayImportPackage(from: Place, name: string): boolean {
  if (from.layer === 'fake') return true
  // Signing a request, deriving a name: computing is no way to the world.
  if (from.layer === 'adapter' || from.layer === 'family')
    return name === 'node:crypto' || name === 'node:util'
  return OWNERS[name]?.includes(from.layer) ?? true
}

function placeOf(path: string): Place {
  const [top = '', room = '', third = '', fourth] = path.split('/')
  if (top === 'adapters') {
    const inFake = third === 'fake' && fourth !== undefined
    return { layer: inFake ? 'fake' : 'adapter', id: `adapters/${room}` }
  }
  if (top === 'test' && room === 'support') return { layer: 'support', id: 'test/support' }
  if (top !== 'src') return { layer: 'unknown', id: path }
  if (third === '') return placeOfLoneFile(room)
  if (room === 'families') return { layer: 'family', id: `families/${third}` }
  return { layer: Object.hasOwn(MAY_IMPORT, room) ? room : 'unknown', id: room }
}

function placeOfLoneFile(file: string): Place {
  const name = file.replace(/\.ts$/, '')
  return { layer: LONE_FILES.includes(name) ? name : 'unknown', id: name }
}

/** `from '…'`, `import '…'`, `import('…')`; types-only imports count like all others. */
export function importsOf(code: string): readonly string[] {
  return [...code.matchAll(/(?<!['".])\b(?:from|import)\s*\(?\s*(['"])(?<path>[^'"\n]+)\1/g)].map(
    (found) => found.groups?.['path'] ?? ''
  )
}

export function worldUses(code: string): readonly string[] {
  const bare = code.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
  return WORLD.flatMap(([pattern, instead]) =>
    [...bare.matchAll(pattern)].map((found) => `reaches for ${found[0]} instead of ${instead}`)
  )
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return entry.name === 'node_modules' ? [] : filesBelow(root, path)
  })
}
