import { expect } from 'chai'
import { chooseTools } from '../../../../src/families/postgresql/move/tools.ts'

function installed(...versions: readonly string[]) {
  return {
    tools: async (name: string) =>
      versions.map((version) => ({ program: `/bin/${name}-${version}`, version }))
  }
}

describe('the choice of PostgreSQL tools', () => {
  const cases: readonly (readonly [string, readonly string[], number, number, string | RegExp])[] = [
    ['takes the newest that both servers take', ['18.4', '17.10', '15.18'], 15_00_20, 17_00_10, '17.10'],
    [
      'takes none newer than the target, which would not understand it',
      ['18.4', '15.18'],
      15_00_20,
      15_00_20,
      '15.18'
    ],
    [
      'takes none older than the source, which it could not dump',
      ['15.18'],
      16_00_14,
      17_00_10,
      /postgresql-client-17.*one from 16/
    ],
    [
      'takes none with the fault',
      ['15.17'],
      15_00_20,
      15_00_20,
      /15\.18 or later are not installed: package postgresql-client-15/
    ],
    ['takes any of a major that came without the fault', ['19.0'], 18_00_04, 19_00_00, '19.0'],
    ['says where Debian finds newer ones', [], 16_00_14, 16_00_14, /apt\.postgresql\.org/],
    ['refuses to go back', ['17.10'], 17_00_10, 16_00_14, /cannot move to the older/]
  ]
  for (const [title, versions, from, to, expected] of cases) {
    it(title, async () => {
      const chosen = await chooseTools(installed(...versions), from, to)
      if (typeof expected === 'string') {
        const [dump, restore] = [`/bin/pg_dump-${expected}`, `/bin/pg_restore-${expected}`]
        expect(chosen).to.deep.equal({
          dump: { program: dump, version: expected },
          restore: { program: restore, version: expected }
        })
      } else {
        expect(chosen).to.have.property('missing').that.matches(expected)
      }
    })
  }
})
