import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Driver } from '../../src/contract/adapter.ts'
import { root } from '../support/root.ts'
import { sourceFiles } from './layers.ts'

type RequiredMethod = {
  [K in keyof Driver]-?: Partial<Pick<Driver, K>> extends Pick<Driver, K>
    ? never
    : Driver[K] extends (...given: never[]) => unknown
      ? K
      : never
}[keyof Driver]

/** The compiler refuses one too many and one too few. */
const REQUIRED: Readonly<Record<RequiredMethod, true>> = { create: true, observe: true, destroy: true }

/** Who starts servers for berlin and paris knows the adapters that they are for. */
const LOCAL = /^src\/(?:local\/|start\/local-)/

/** Also the name of a port. */
const EVERYDAY = ['s3']

describe('what a new provider costs', () => {
  it('is a driver with three methods', () => {
    expect(Object.keys(REQUIRED)).to.have.length(3)
  })

  it('is no file outside its folder and its catalog: none of the program names an adapter', () => {
    const adapters = readdirSync(join(root, 'adapters'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => !EVERYDAY.includes(name))
    expect(adapters.length).to.be.greaterThan(2)
    const named = new RegExp(`['"/](?:${adapters.join('|')})['"/]`)
    const program = sourceFiles(root).filter((file) => file.startsWith('src/') && !LOCAL.test(file))
    expect(program.filter((file) => named.test(readFileSync(join(root, file), 'utf8')))).to.deep.equal([])
  })
})
