import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'
import { breaches, MAY_IMPORT, OWNERS, sourceFiles } from './layers.ts'

interface LintPolicy {
  readonly from: Side
  readonly allow: { readonly to: Side }
}
interface Side {
  readonly element?: { readonly type: string | readonly string[] }
  readonly file?: { readonly categories: string | readonly string[] }
}

const files = sourceFiles(root)

describe('layers', () => {
  it('read every source file', () => {
    expect(files.length).to.be.greaterThan(15)
    expect(files).to.include('src/contract/adapter.ts')
  })

  for (const file of files) {
    it(`${file} imports only what its room may`, () => {
      expect(breaches(root, file)).to.deep.equal([])
    })
  }

  it('are the same table in the linter', () => {
    const lint = lintTable()
    const ours = Object.entries(MAY_IMPORT).filter(([, targets]) => targets.length > 0)
    for (const [from, targets] of ours)
      expect([...(lint.get(from) ?? [])].toSorted(), from).to.deep.equal(targets.toSorted())
    const onlyThere = [...lint.keys()].filter((from) => !Object.hasOwn(MAY_IMPORT, from))
    expect(onlyThere.toSorted()).to.deep.equal(['conformance', 'support', 'test'])
  })

  it('name an owner for packages that are in use', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect({ ...dependencies, ...devDependencies }).to.include.all.keys(Object.keys(OWNERS))
  })
})

function lintTable(): Map<string, Set<string>> {
  const { rules } = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8'))
  const policies: readonly LintPolicy[] = rules['boundaries/dependencies'][1].policies
  const table = new Map<string, Set<string>>()
  for (const { from, allow } of policies) {
    for (const name of namesOf(from))
      table.set(name, new Set([...(table.get(name) ?? []), ...namesOf(allow.to)]))
  }
  return table
}

function namesOf(side: Side): readonly string[] {
  return [side.element?.type ?? [], side.file?.categories ?? []].flat()
}
