import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { root } from '../support/root.ts'

/** Put together from parts, so that this file does not say them itself. */
const FORBIDDEN = [
  ['/wo', 'rk/'],
  ['../sha', 'red'],
  ['registry.', 'npmjs'],
  ['registry.', 'yarnpkg'],
  ['/tmp/bash', '_jobs']
].map((parts) => parts.join(''))

/** Text files git knows or would add. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
  cwd: root,
  encoding: 'utf8'
})
  .split('\0')
  .filter((file) => file !== '' && file !== 'node_modules')

describe('words', () => {
  it('are read in every file', () => {
    expect(files).to.include('package.json')
    expect(files.length).to.be.greaterThan(30)
  })

  for (const word of FORBIDDEN) {
    it(`"${word}" is in no file: nothing here belongs to one workplace`, () => {
      expect(files.filter((file) => contains(file, word))).to.deep.equal([])
    })
  }

  it('of package-lock.json leave the registry to whoever installs', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    const entries = Object.entries<{ resolved?: string; integrity?: string }>(packages).filter(
      ([name]) => name !== ''
    )
    expect(entries.length).to.be.greaterThan(100)
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).to.deep.equal([])
    expect(entries.filter(([, entry]) => entry.integrity === undefined)).to.deep.equal([])
  })
})

function contains(file: string, word: string): boolean {
  try {
    return readFileSync(join(root, file), 'utf8').includes(word)
  } catch {
    // Deleted in the working copy, not yet in the index.
    return false
  }
}
