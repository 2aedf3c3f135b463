import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const BEGIN = '<!-- offers: written by `npm run fix` -->'
const END = '<!-- end of offers -->'

/** The README with the table as the catalog and the adapters say it now. */
export function withOffers(root: string, readme: string): string {
  const [before = '', rest = ''] = readme.split(BEGIN)
  const after = rest.split(END)[1]
  if (after === undefined) throw new Error(`README.md has no place for the table: ${BEGIN} … ${END}`)
  return [before, BEGIN, '\n', table(root), '\n', END, after].join('')
}

function table(root: string): string {
  const families = readdirSync(join(root, 'catalog/services')).map((file) => file.replace('.yaml', ''))
  const providers = foldersIn(join(root, 'catalog/providers'))
  const own = foldersIn(join(root, 'adapters')).filter(
    (name) => !providers.includes(name) && name !== 'memory'
  )
  return [
    row(['', ...families.map((family) => `\`${family}\``)]),
    row(['---', ...families.map(() => '---')]),
    ...providers.map((name) =>
      row([titleOf(root, name), ...families.map((each) => plans(root, name, each))])
    ),
    row(['servers of your own', ...families.map((family) => adaptersFor(root, own, family))])
  ].join('\n')
}

function plans(root: string, provider: string, family: string): string {
  const file = join(root, 'catalog/providers', provider, `${family}.yaml`)
  if (!existsSync(file)) return ''
  const { plans: all }: { plans: readonly unknown[] } = parse(readFileSync(file, 'utf8'))
  return all.length === 1 ? '1 plan' : `${all.length} plans`
}

function adaptersFor(root: string, names: readonly string[], family: string): string {
  const serving = names.filter((name) => {
    const { services } = read(root, `adapters/${name}/adapter.yaml`)
    return Array.isArray(services) && services.includes(family)
  })
  return serving.map((name) => `[${name}](adapters/${name}/README.md)`).join(', ')
}

function titleOf(root: string, provider: string): string {
  const { displayName } = read(root, `catalog/providers/${provider}/provider.yaml`)
  const hasAdapter = existsSync(join(root, 'adapters', provider))
  return hasAdapter ? `[${String(displayName)}](adapters/${provider}/README.md)` : String(displayName)
}

function read(root: string, file: string): Readonly<Record<string, unknown>> {
  return parse(readFileSync(join(root, file), 'utf8'))
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
}

if (process.argv[2] === '--write') {
  const file = join(process.cwd(), 'README.md')
  writeFileSync(file, withOffers(process.cwd(), readFileSync(file, 'utf8')))
}
