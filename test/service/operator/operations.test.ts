import { expect } from 'chai'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { OperatorService } from '../../../src/service/operator/operator-service.ts'
import { type Cloud, type Method, openCloud } from '../../support/cloud.ts'
import { type Core, openCore, told, until } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { OPS, operatorOf } from '../../support/operator.ts'
import { bind, deprovision, fetchBinding, poll, provision, unbind, update } from '../../support/requests.ts'

for (const database of databases) {
  describe(`operators and operations, ${database.name}`, function () {
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

    const away = (...methods: Method[]) => {
      cloud.script = (method) => {
        if (methods.includes(method)) throw new ProviderFailure('unavailable', 'the provider is away')
      }
    }
    const open = async (kind: string) => {
      const found = async () =>
        (await operator.listOperations({ limit: 100, state: 'in progress' })).items.find(
          (each) => each.kind === kind && (each.failures > 0 || each.waitsFor !== undefined)
        )
      await until(async () => (await found()) !== undefined)
      return (await found())?.id ?? ''
    }
    const audit = async () => (await operator.listAudit({ limit: 100, actor: 'operator:ops' })).items
    const refusal = async (asked: Promise<unknown>) => told(asked as never)

    describe('list and show', () => {
      it('filters by state, kind, platform and instance, and pages', async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        away('create')
        await provision(core, 'i2', 'slow')
        const kinds = async (query: object) =>
          (await operator.listOperations({ limit: 10, ...query })).items.map(({ kind }) => kind)
        expect(await kinds({})).to.deep.equal(['create', 'bind', 'create'])
        expect(await kinds({ state: 'in progress' })).to.deep.equal(['create'])
        expect(await kinds({ kind: 'bind' })).to.deep.equal(['bind'])
        expect(await kinds({ platform: 'nobody' })).to.deep.equal([])
        expect(await kinds({ instance: 'i1' })).to.deep.equal(['bind', 'create'])
        const first = await operator.listOperations({ limit: 2 })
        const second = await operator.listOperations({ limit: 2, after: first.next ?? 0 })
        expect([...first.items, ...second.items].map(({ kind }) => kind)).to.deep.equal([
          'create',
          'bind',
          'create'
        ])
        expect(second).to.not.have.property('next')
      })

      it("tells the platforms' own ids of one operation", async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        const [last] = (await operator.listOperations({ limit: 1 })).items
        expect(await operator.showOperation(last?.id ?? '')).to.include({
          kind: 'bind',
          osbInstance: 'i1',
          osbBinding: 'b1'
        })
        expect((await refusal(operator.showOperation('nix'))).status).to.equal(404)
      })
    })

    describe('retry', () => {
      it('ends the pause that an operation is in', async () => {
        away('create')
        const { body } = await provision(core, 'i1', 'slow')
        const id = await open('create')
        expect(id).to.equal(body['operation'])
        cloud.script = () => {}
        const retried = await operator.retryOperation(OPS, id)
        expect(retried.failures).to.equal(0)
        // No time passes: without the retry it would rest.
        await until(async () => (await operator.showOperation(id)).state === 'succeeded')
        expect((await audit()).map(({ action, subject }) => [action, subject])).to.deep.equal([
          ['retry', `operation ${id}`]
        ])
      })

      it('does a clean-up again that was ended', async () => {
        cloud.script = (method) => {
          if (method === 'prepare') throw new ProviderFailure('invalid', 'no')
          if (method === 'destroy') throw new ProviderFailure('unavailable', 'the provider is away')
        }
        await provision(core, 'i1', 'slow')
        const cleanUp = await open('clean-up')
        expect((await operator.failOperation(OPS, cleanUp)).state).to.equal('failed')
        expect(cloud.things.size).to.equal(1)
        cloud.script = () => {}
        const again = await operator.retryOperation(OPS, cleanUp)
        expect(again.id).to.not.equal(cleanUp)
        await core.settle()
        expect(cloud.things.size).to.equal(0)
        const refused = await refusal(operator.retryOperation(OPS, cleanUp))
        expect([refused.status, refused.description]).to.deep.equal([
          409,
          'What it was to remove is not in the books any more.'
        ])
      })

      it('closes a source, and erases it, again after that was ended', async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        away('retire')
        const moved = {
          plan_id: 'plan-abroad',
          parameters: { switch: { accept: ['loses-certification:c5'] } }
        }
        await update(core, 'i1', moved)
        const retain = await open('retain')
        await operator.failOperation(OPS, retain)
        cloud.script = () => {}
        expect((await operator.retryOperation(OPS, retain)).kind).to.equal('retain')
        await core.settle()
        away('destroy')
        core.clock.advance(30 * 24 * 3_600_000)
        await core.sweep()
        const erase = await open('erase')
        expect((await operator.failOperation(OPS, erase)).state).to.equal('failed')
        expect(cloud.things.size).to.equal(2)
        cloud.script = () => {}
        expect((await operator.retryOperation(OPS, erase)).kind).to.equal('erase')
        await core.settle()
        expect(cloud.things.size).to.equal(1)
        const [record] = await core.store.database.read((session) =>
          core.store.switches.list(session, { limit: 1 })
        )
        expect(record?.erasure?.orderedBy).to.equal('retention')
        expect(record?.receipt).to.be.a('string')
        expect(record?.erasureReceipt).to.be.a('string')
      })

      it('leaves to the platform what the platform was told', async () => {
        cloud.script = () => {
          throw new ProviderFailure('invalid', 'no')
        }
        const { body } = await provision(core, 'i1', 'slow')
        await core.settle()
        const refused = await refusal(operator.retryOperation(OPS, String(body['operation'])))
        expect(refused.status).to.equal(409)
        expect(refused.description).to.include('delete the service instance')
        expect(await audit()).to.deep.equal([])
      })

      it('names the operation that a waiting one waits for', async () => {
        let passOn = (): void => {}
        const held = new Promise<void>((resolve) => {
          passOn = resolve
        })
        cloud.script = (method) => (method === 'create' ? held : undefined)
        const created = await provision(core, 'i1', 'slow')
        await until(() => core.engine.running() > 0)
        const deleted = await deprovision(core, 'i1', 'slow')
        const refused = await refusal(operator.retryOperation(OPS, String(deleted.body['operation'])))
        passOn()
        expect(refused.status).to.equal(409)
        expect(refused.description).to.include(String(created.body['operation']))
      })
    })

    describe('fail', () => {
      it('ends a create: the platform reads it as failed, and what stands is cleaned up', async () => {
        away('prepare')
        await provision(core, 'i1', 'slow')
        const failed = await operator.failOperation(OPS, await open('create'))
        expect(failed).to.include({ state: 'failed', failure: 'by operator' })
        expect((await poll(core, 'i1')).body).to.deep.include({
          state: 'failed',
          description: 'ended by an operator of the broker'
        })
        await core.settle()
        expect(cloud.things.size).to.equal(0)
      })

      it('ends an update: the instance stays usable as it was', async () => {
        await provision(core, 'i1', 'slow')
        await core.settle()
        away('update')
        await update(core, 'i1', { plan_id: 'plan-slow-large' })
        await operator.failOperation(OPS, await open('update'))
        expect(await operator.showInstance('i1')).to.include({ state: 'ready', usable: true, plan: 'slow' })
        cloud.script = () => {}
        expect((await update(core, 'i1', { plan_id: 'plan-slow-large' })).status).to.equal(202)
      })

      it('ends a delete: the platform can send it again', async () => {
        await provision(core, 'i1', 'slow')
        await core.settle()
        away('destroy', 'release')
        await deprovision(core, 'i1', 'slow')
        await operator.failOperation(OPS, await open('delete'))
        expect((await poll(core, 'i1')).body).to.deep.include({ state: 'failed' })
        cloud.script = () => {}
        expect((await deprovision(core, 'i1', 'slow')).status).to.equal(202)
        await core.settle()
        expect(cloud.things.size).to.equal(0)
      })

      it('ends a bind, whose login is removed, and an unbind, which can be sent again', async () => {
        await provision(core, 'i1', 'slow')
        await core.settle()
        cloud.script = (method, when) => {
          if (method === 'bind' && when === 'after') throw new ProviderFailure('unavailable', 'away')
        }
        await bind(core, 'i1', 'b1', 'slow')
        await operator.failOperation(OPS, await open('bind'))
        cloud.script = () => {}
        await core.settle()
        expect(cloud.logins()).to.deep.equal([])

        await bind(core, 'i1', 'b2', 'slow')
        await core.settle()
        away('unbind')
        await unbind(core, 'i1', 'b2', 'slow')
        await operator.failOperation(OPS, await open('unbind'))
        expect((await fetchBinding(core, 'i1', 'b2')).status).to.equal(200)
        cloud.script = () => {}
        expect((await unbind(core, 'i1', 'b2', 'slow')).status).to.equal(202)
        await core.settle()
        expect(cloud.logins()).to.deep.equal([])
      })

      it('ends what waits for another one, and what belongs to a provider that is gone', async () => {
        await provision(core, 'i1', 'slow')
        await core.settle()
        core.configured.delete('north')
        await deprovision(core, 'i1', 'slow')
        const id = await open('delete')
        expect(await operator.failOperation(OPS, id)).to.include({ state: 'failed', failure: 'by operator' })

        core.configured.add('north')
        cloud.script = (method) => {
          if (method === 'prepare') throw new ProviderFailure('invalid', 'no')
          if (method === 'destroy') throw new ProviderFailure('unavailable', 'away')
        }
        await provision(core, 'i2', 'slow')
        const cleanUp = await open('clean-up')
        const deleted = await deprovision(core, 'i2', 'slow')
        const waiting = String(deleted.body['operation'])
        expect(await operator.showOperation(waiting)).to.include({ waitsFor: cleanUp })
        expect(await operator.failOperation(OPS, waiting)).to.include({ state: 'failed' })
        expect(await operator.showOperation(cleanUp)).to.include({ state: 'in progress' })
      })

      it('is audited with the operator, and refused for what has ended', async () => {
        away('create')
        await provision(core, 'i1', 'slow')
        const id = await open('create')
        await operator.failOperation(OPS, id)
        expect((await refusal(operator.failOperation(OPS, id))).status).to.equal(409)
        expect((await refusal(operator.failOperation(OPS, 'nix'))).status).to.equal(404)
        const rows = await audit()
        expect(rows.map(({ action, subject, operation }) => [action, subject, operation])).to.deep.equal([
          ['fail', `operation ${id}`, id]
        ])
      })
    })

    it('rotating keys is audited with what it changed', async () => {
      await provision(core, 'i1', 'quick')
      expect(await operator.rotateKeys(OPS)).to.deep.equal({ key: 'k1', resealed: 0, complete: true })
      const [row] = await audit()
      expect(row).to.not.have.property('platform')
      expect(row).to.deep.include({
        action: 'rotate',
        subject: 'keys',
        detail: { key: 'k1', resealed: 0, complete: true }
      })
    })

    it('an audit is found by its subject, as it is written or by the id alone', async () => {
      await provision(core, 'x1', 'quick')
      await bind(core, 'x1', 'x1', 'quick')
      await provision(core, 'x2', 'quick')
      const subjects = async (subject: string) => [
        ...new Set((await operator.listAudit({ limit: 100, subject })).items.map((row) => row.subject))
      ]
      expect(await subjects('x1')).to.have.members(['instance x1', 'binding x1'])
      expect(await subjects('instance x2')).to.deep.equal(['instance x2'])
      expect(await subjects('%')).to.deep.equal([])
    })

    it('diagnoses providers, catalog, store and operations that fail again and again', async () => {
      away('create')
      await provision(core, 'i1', 'slow')
      const id = await open('create')
      for (let n = 0; n < 6; n++) {
        core.clock.advance(120_000)
        core.engine.wake()
        await until(async () => (await operator.showOperation(id)).failures > n)
      }
      const { worst, findings } = await operatorOf(core, [
        { level: 'refused', subject: 'server main', text: 'a hole', remedy: 'close it' }
      ]).diagnose()
      expect(worst).to.equal('refused')
      expect(findings.map(({ about }) => about)).to.include.members([
        'catalog',
        'store',
        'provider north',
        'provider south'
      ])
      const stuck = findings.find(({ subject }) => subject === `operation ${id}`)
      expect(stuck).to.include({ level: 'warning' })
      expect(stuck?.text).to.include('the provider is away')
    })

    it('diagnoses hosts that are left alone because they do not answer', async () => {
      const target = 'api.example.com:443'
      const circuits = () => [
        { provider: 'north', target, restsForMs: 11_200 },
        { provider: 'south', target, restsForMs: 0 }
      ]
      const { worst, findings } = await operatorOf(core, [], { circuits }).diagnose()
      expect(worst).to.equal('warning')
      const found = findings.filter(({ subject }) => subject === target)
      expect(found.map(({ about, text }) => `${about}: ${text}`)).to.deep.equal([
        'provider north: does not answer: it is left alone for 12 s more',
        'provider south: does not answer: the next call asks it again'
      ])
    })
  })
}
