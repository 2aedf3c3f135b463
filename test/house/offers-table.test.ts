import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'
import { withOffers } from './offers-table.ts'

describe('the table of families and providers in the README', () => {
  it('says what the catalog and the adapters offer (`npm run fix` writes it)', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    expect(readme).to.equal(withOffers(root, readme))
  })

  it('finds a README that says something else', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const old = readme.replace(/^\| servers of your own .*$/mu, '| servers of your own | none |')
    expect(old).not.to.equal(readme)
    expect(withOffers(root, old)).to.equal(readme)
  })
})
