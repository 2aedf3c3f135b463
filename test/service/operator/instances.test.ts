import { expect } from 'chai'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { OperatorService } from '../../../src/service/operator/operator-service.ts'
import { type Cloud, openCloud } from '../../support/cloud.ts'
import { type Core, callerOf, openCore, told, until } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { OPS, operatorOf } from '../../support/operator.ts'
import {
  bind,
  bindBody,
  deprovision,
  fetchBinding,
  fetchInstance,
  provision
} from '../../support/requests.ts'

for (const database of databases) {
  describe(`operators and instances, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let cloud: Cloud
    let core: Core
    let operator: OperatorService

    beforeEach(async () => {
      place = await database.fresh()
      cloud = openCloud()
      core = await openCore(place.address, { cloud })
      operator = operatorOf(core)
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
    })

    const idOf = async (osbId: string) => (await operator.showInstance(osbId)).id
    const audit = async () => (await operator.listAudit({ limit: 100, actor: 'operator:ops' })).items

    describe('list', () => {
      it('shows the newest first, page after page, each once', async () => {
        for (let n = 1; n <= 5; n++) await provision(core, `i${n}`, 'quick')
        const seen: string[] = []
        let after: number | undefined
        do {
          const page = await operator.listInstances({ limit: 2, ...(after === undefined ? {} : { after }) })
          expect(page.items.length).to.be.within(1, 2)
          seen.push(...page.items.map(({ osbId }) => osbId))
          after = page.next
        } while (after !== undefined)
        expect(seen).to.deep.equal(['i5', 'i4', 'i3', 'i2', 'i1'])
      })

      it('promises no further page after a last one that is full', async () => {
        for (const id of ['i1', 'i2']) await provision(core, id, 'quick')
        expect(await operator.listInstances({ limit: 2 })).to.not.have.property('next')
      })

      it('filters by platform and state, and shows deleted ones only when asked', async () => {
        await provision(core, 'i1', 'quick')
        await provision(core, 'i2', 'quick', { caller: callerOf({ name: 'other' }) })
        await provision(core, 'i3', 'quick')
        await deprovision(core, 'i3', 'quick')
        const ids = async (query: object) =>
          (await operator.listInstances({ limit: 10, ...query })).items.map(({ osbId }) => osbId)
        expect(await ids({})).to.deep.equal(['i2', 'i1'])
        expect(await ids({ platform: 'other' })).to.deep.equal(['i2'])
        expect(await ids({ state: 'deleted' })).to.deep.equal(['i3'])
        expect(await ids({ state: 'failed' })).to.deep.equal([])
      })
    })

    describe('show', () => {
      it('tells resources, bindings and operations, and never a secret', async () => {
        const secret = 'parameter-that-nobody-tells'
        await provision(core, 'i1', 'quick', { body: { parameters: { secret }, context: { token: secret } } })
        const bound = await bind(core, 'i1', 'b1', 'quick', { body: { parameters: { token: secret } } })
        const { password } = bound.body['credentials'] as { password: string }
        const shown = await operator.showInstance('i1')
        expect(shown).to.include({
          osbId: 'i1',
          platform: 'cf',
          state: 'ready',
          plan: 'quick',
          provider: 'north'
        })
        expect(shown.resources.map(({ state, mayStand }) => ({ state, mayStand }))).to.deep.equal([
          { state: 'active', mayStand: true }
        ])
        expect(shown.bindings.map(({ osbId, state }) => [osbId, state])).to.deep.equal([['b1', 'bound']])
        expect(shown.operations.map(({ kind }) => kind)).to.deep.equal(['bind', 'create'])
        const everything = JSON.stringify([
          shown,
          await operator.listInstances({ limit: 10 }),
          await operator.listOperations({ limit: 10 }),
          await operator.listAudit({ limit: 10 })
        ])
        const [thing] = cloud.things.values()
        for (const hidden of [secret, password, thing?.secret ?? '']) {
          expect(hidden).to.have.length.greaterThan(10)
          expect(everything).to.not.include(hidden)
        }
      })

      it('finds by our id and by the platform id, and asks which one where several platforms have it', async () => {
        await provision(core, 'i1', 'quick')
        const own = await idOf('i1')
        expect((await operator.showInstance(own)).osbId).to.equal('i1')
        await provision(core, 'i1', 'quick', { caller: callerOf({ name: 'other' }) })
        const refused = await told(operator.showInstance('i1') as never)
        expect(refused.status).to.equal(409)
        expect(refused.description).to.include(own).and.include('cf').and.include('other')
        expect((await operator.showInstance(own)).platform).to.equal('cf')
        expect((await told(operator.showInstance('nix') as never)).status).to.equal(404)
      })

      it('means the living one where an id was used again', async () => {
        await provision(core, 'i1', 'quick')
        const first = await idOf('i1')
        await deprovision(core, 'i1', 'quick')
        expect((await operator.showInstance('i1')).state).to.equal('deleted')
        await provision(core, 'i1', 'quick')
        expect(await idOf('i1')).to.not.equal(first)
      })
    })

    describe('purge', () => {
      it('forgets the instance without the provider and lists what stays there', async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        const calls = cloud.calls.length
        const { resources, bindings } = await operator.showInstance('i1')
        const purged = await operator.purgeInstance(OPS, 'i1')
        expect(purged).to.deep.include({ osbId: 'i1', platform: 'cf', ended: [] })
        expect(purged.stays.resources).to.deep.equal(resources)
        expect(purged.stays.logins).to.deep.equal(bindings.map(({ login }) => login))
        expect(cloud.calls).to.have.length(calls)
        expect([...cloud.things.keys()]).to.deep.equal(resources.map(({ name }) => name))
        expect((await fetchInstance(core, 'i1')).status).to.equal(404)
        expect((await fetchBinding(core, 'i1', 'b1')).status).to.equal(404)
        expect((await deprovision(core, 'i1', 'quick')).status).to.equal(410)
        expect(
          (await told(core.broker.bind(callerOf(), 'i1', 'b2', true, bindBody('quick')))).status
        ).to.be.within(400, 499)
      })

      it('is an audit row with the operator and what stays', async () => {
        await provision(core, 'i1', 'quick')
        const [resource] = (await operator.showInstance('i1')).resources
        await operator.purgeInstance(OPS, 'i1')
        const [row] = await audit()
        expect(row).to.include({
          action: 'purge',
          subject: 'instance i1',
          platform: 'cf',
          actor: 'operator:ops',
          request: 'request-ops'
        })
        expect(JSON.stringify(row?.detail)).to.include(resource?.name)
      })

      it('frees the id: a new instance under it has nothing of the old one', async () => {
        await provision(core, 'i1', 'quick')
        await operator.purgeInstance(OPS, 'i1')
        expect((await provision(core, 'i1', 'quick-large')).status).to.equal(201)
        expect(cloud.things.size).to.equal(2)
        expect(cloud.violations).to.deep.equal([])
      })

      it('ends an operation in the middle of a step, and what that step comes to changes nothing', async () => {
        let passOn = (): void => {}
        const held = new Promise<void>((resolve) => {
          passOn = resolve
        })
        cloud.script = (method, when) => (method === 'prepare' && when === 'after' ? held : undefined)
        const { body } = await provision(core, 'i1', 'slow')
        await until(() => [...cloud.things.values()].some(({ prepared }) => prepared))
        const purged = await operator.purgeInstance(OPS, 'i1')
        expect(purged.ended).to.deep.equal([body['operation']])
        expect(purged.stays.resources).to.have.length(1)
        passOn()
        await core.settle()
        const after = await operator.showInstance('i1')
        expect(after).to.include({ state: 'deleted', usable: false })
        expect(after.resources.map(({ state }) => state)).to.deep.equal(['gone'])
        expect(after.operations.map(({ kind, state, failure }) => [kind, state, failure])).to.deep.equal([
          ['create', 'failed', 'by operator']
        ])
        expect(cloud.things.size).to.equal(1)
      })

      it('works for what belongs to a provider that is not configured any more', async () => {
        await provision(core, 'i1', 'slow')
        await core.settle()
        core.configured.delete('north')
        await deprovision(core, 'i1', 'slow')
        const purged = await operator.purgeInstance(OPS, 'i1')
        expect(purged.stays.resources).to.have.length(1)
        await core.settle()
        expect((await operator.showInstance('i1')).state).to.equal('deleted')
      })

      it('ends a deletion that waits, and a clean-up', async () => {
        cloud.script = (method) => {
          if (method === 'destroy') throw new ProviderFailure('unavailable', 'not now')
          if (method === 'prepare') throw new ProviderFailure('invalid', 'no')
        }
        await provision(core, 'i1', 'slow')
        await until(async () =>
          (await core.operations('in progress')).some(({ kind }) => kind === 'clean-up')
        )
        await deprovision(core, 'i1', 'slow')
        const { ended } = await operator.purgeInstance(OPS, 'i1')
        expect(ended).to.have.length(2)
        expect(await core.operations('in progress')).to.deep.equal([])
      })

      it('says that nothing stays where no driver was asked yet, and refuses a second time', async () => {
        cloud.script = () => {
          throw new ProviderFailure('unavailable', 'not now')
        }
        await provision(core, 'i1', 'slow')
        const { stays } = await operator.purgeInstance(OPS, 'i1')
        expect(stays).to.deep.equal({ resources: [], logins: [] })
        expect((await told(operator.purgeInstance(OPS, 'i1') as never)).status).to.equal(409)
        expect(await audit()).to.have.length(1)
      })
    })
  })
}
