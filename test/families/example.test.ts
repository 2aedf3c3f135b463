import { expect } from 'chai'
import { planSchema } from '../../adapters/memory/plan-schema.ts'
import type { ExampleAccess } from '../../src/contract/access.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/example/index.ts'
import { compileSchema } from '../../src/registry/schema-check.ts'

const access: ExampleAccess = { kind: 'example', box: 'p1' }
const login = { name: 'b1', password: 'aA1-secret0' }

describe('the family example', () => {
  const accepted: readonly JsonObject[] = [
    {},
    {
      title: 'a-box',
      shelves: 16,
      colour: 'red',
      passphrase: 'long enough',
      backup: { hour: 0, keepDays: 35 }
    }
  ]
  const refused: readonly JsonObject[] = [
    { title: 'A box' },
    { shelves: 0 },
    { shelves: 1.5 },
    { colour: 'pink' },
    { passphrase: 'short' },
    { backup: {} },
    { backup: { hour: 24 } },
    { other: true }
  ]
  for (const parameters of accepted) {
    it(`accepts ${JSON.stringify(parameters)}`, () => {
      expect(compileSchema(family.parameters)(parameters)).to.deep.equal([])
    })
  }
  for (const parameters of refused) {
    it(`refuses ${JSON.stringify(parameters)}`, () => {
      expect(compileSchema(family.parameters)(parameters)).not.to.deep.equal([])
    })
  }

  it('has one parameter that never comes back', () => {
    expect(family.parameters).to.have.nested.property('properties.passphrase.writeOnly', true)
  })

  it('gives credentials without a null in either view', () => {
    for (const view of ['cloudfoundry', 'kubernetes'] as const) {
      const credentials = family.credentials(access, login, view, {})
      expect(credentials).to.include({ uri: 'example://b1:aA1-secret0@p1', username: 'b1', name: 'p1' })
      expect(Object.values(credentials)).not.to.include(null)
    }
  })

  it('lets a plan of memory say only what its driver knows', () => {
    const check = compileSchema(planSchema)
    expect(check({ steps: 2, delaySeconds: 0.5, capacity: 0, fails: 'bind' })).to.deep.equal([])
    expect(check({ fails: 'observe' })).not.to.deep.equal([])
    expect(check({ size: 1 })).not.to.deep.equal([])
  })
})
