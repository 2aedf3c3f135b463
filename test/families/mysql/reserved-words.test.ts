import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

/** What MySQL 8.0 to 9.x reserves and MariaDB does not. A column may not be called so without quotes. */
const RESERVED =
  /^(cube|cume_dist|dense_rank|empty|except|first_value|function|generated|get|grouping|groups|intersect|io_after_gtids|io_before_gtids|json_table|lag|last_value|lateral|lead|library|manual|master_bind|nth_value|ntile|of|optimizer_costs|over|parallel|percent_rank|qualify|rank|recursive|row|rows|row_number|stored|system|tablesample|virtual|window)$/i

const PLACES = ['src/contract/', 'src/families/mysql/', 'adapters/mysql-server/', 'src/transport/']
const root = new URL('../../../', import.meta.url)

describe('statements for MySQL and MariaDB', () => {
  it('give no column a name that MySQL 8 reserves', () => {
    const names = PLACES.flatMap((place) => readdirSync(new URL(place, root)).map((file) => place + file))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .filter((path) => /mysql/.test(path))
      .flatMap((path) => aliasesIn(path))
    expect(names.length).to.be.greaterThan(20)
    expect(names.filter(({ name }) => RESERVED.test(name))).to.deep.equal([])
  })
})

function aliasesIn(path: string): readonly { readonly path: string; readonly name: string }[] {
  const text = readFileSync(new URL(path, root), 'utf8')
  return [...text.matchAll(/\bAS ([a-z_]+)\b/g)].map(([, name = '']) => ({ path, name }))
}
