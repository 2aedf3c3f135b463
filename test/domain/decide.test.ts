import { expect } from 'chai'
import {
  judgeBind,
  judgeDeprovision,
  judgeProvision,
  judgeUnbind,
  judgeUpdate,
  whyNotUpdate
} from '../../src/domain/decide.ts'
import { planNamed } from '../support/offers.ts'

describe('What a PUT means', () => {
  const instances = [
    [undefined, true, 'new'],
    [undefined, false, 'new'],
    ['deleted', true, 'new'],
    ['deleted', false, 'new'],
    ['creating', true, 'running'],
    ['creating', false, 'conflict'],
    ['ready', true, 'done'],
    ['ready', false, 'conflict'],
    ['failed', true, 'failed'],
    ['failed', false, 'conflict'],
    ['deleting', true, 'busy'],
    ['deleting', false, 'conflict']
  ] as const
  for (const [state, same, verdict] of instances)
    it(`is "${verdict}" for ${same ? 'the same' : 'another'} request where an instance is ${state ?? 'not there'}`, () => {
      expect(judgeProvision(state, same)).to.equal(verdict)
    })

  const bindings = [
    [undefined, false, 'new'],
    ['deleted', false, 'new'],
    ['binding', true, 'running'],
    ['binding', false, 'conflict'],
    ['bound', true, 'done'],
    ['bound', false, 'conflict'],
    ['expired', true, 'done'],
    ['expired', false, 'conflict'],
    ['failed', true, 'failed'],
    ['failed', false, 'conflict'],
    ['unbinding', true, 'busy'],
    ['unbinding', false, 'conflict']
  ] as const
  for (const [state, same, verdict] of bindings)
    it(`is "${verdict}" for ${same ? 'the same' : 'another'} request where a binding is ${state ?? 'not there'}`, () => {
      expect(judgeBind(state, same)).to.equal(verdict)
    })
})

describe('What a DELETE means', () => {
  const ended = { state: 'succeeded' } as const
  const running = { state: 'in progress' } as const

  const instances = [
    [undefined, undefined, 'gone'],
    ['deleted', { kind: 'delete', ...ended }, 'gone'],
    ['creating', { kind: 'create', ...running }, 'take over'],
    ['ready', { kind: 'create', ...ended }, 'start'],
    ['ready', { kind: 'update', ...running }, 'busy'],
    ['ready', { kind: 'update', ...ended }, 'start'],
    ['ready', undefined, 'start'],
    ['failed', { kind: 'create', state: 'failed' }, 'start'],
    ['failed', { kind: 'delete', state: 'failed' }, 'start'],
    ['deleting', { kind: 'delete', ...running }, 'running']
  ] as const
  for (const [state, operation, verdict] of instances)
    it(`is "${verdict}" where an instance is ${state ?? 'not there'} and its ${operation?.kind ?? 'operation'} ${
      operation?.state ?? 'is forgotten'
    }`, () => {
      expect(judgeDeprovision(state, operation)).to.equal(verdict)
    })

  const bindings = [
    [undefined, undefined, 'gone'],
    ['deleted', { kind: 'unbind', ...ended }, 'gone'],
    ['binding', { kind: 'bind', ...running }, 'take over'],
    ['bound', { kind: 'bind', ...ended }, 'start'],
    ['expired', { kind: 'bind', ...ended }, 'start'],
    ['failed', { kind: 'bind', state: 'failed' }, 'start'],
    ['unbinding', { kind: 'unbind', ...running }, 'running']
  ] as const
  for (const [state, operation, verdict] of bindings)
    it(`is "${verdict}" where a binding is ${state ?? 'not there'} and its ${operation?.kind ?? 'operation'} ${
      operation?.state ?? 'is forgotten'
    }`, () => {
      expect(judgeUnbind(state, operation)).to.equal(verdict)
    })
})

describe('Why a plan may not be changed', () => {
  const small = planNamed('small')
  it('is nothing for the same plan, also a fixed one, and for any other plan', () => {
    expect(whyNotUpdate(small, small)).to.equal(undefined)
    const fixed = planNamed('fixed', { planUpdateable: false })
    expect(whyNotUpdate(fixed, fixed)).to.equal(undefined)
    expect(whyNotUpdate(small, planNamed('abroad', { provider: 'south' }))).to.equal(undefined)
  })

  it('is told for a fixed plan', () => {
    expect(whyNotUpdate(planNamed('fixed', { planUpdateable: false }), small)).to.contain('fixed')
  })
})

describe('An update', () => {
  const small = planNamed('small')
  const abroad = planNamed('abroad', { provider: 'south' })
  const rows = [
    { to: small, wanted: 'harbour', canUpdate: true, way: 'update' },
    { to: small, wanted: 'harbour', canUpdate: false, way: 'switch' },
    { to: small, wanted: 'hill', canUpdate: true, way: 'switch' },
    { to: abroad, wanted: 'harbour', canUpdate: true, way: 'switch' }
  ] as const
  for (const { to, wanted, canUpdate, way } of rows) {
    it(`is ${way === 'update' ? 'an update' : 'a switch'} to ${to.provider}, ${wanted}, where the driver can${canUpdate ? '' : 'not'} update`, () => {
      expect(judgeUpdate(small, to, { region: 'harbour', wanted, canUpdate })).to.equal(way)
    })
  }
})
