import { expect } from 'chai'
import type { Driver } from '../../../src/contract/adapter.ts'
import { ProviderFailure } from '../../../src/contract/errors.ts'
import type { RecoveryReason } from '../../../src/domain/checkpoint.ts'
import { NO_HEAD } from '../../../src/domain/checkpoint.ts'
import type { Listing } from '../../../src/domain/drift.ts'
import { newId } from '../../../src/domain/new-id.ts'
import type { OperatorService } from '../../../src/service/operator/operator-service.ts'
import { beginRecovery, endRecovery, recoveryReason } from '../../../src/store/recovery.ts'
import { DAY } from '../../support/clock.ts'
import { type Cloud, listedIn, openCloud, plant } from '../../support/cloud.ts'
import { type Core, openCore, told, until } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { catalogOf, OTHER_SERVICE, PLANS, planNamed } from '../../support/offers.ts'
import { OPS, operatorOf } from '../../support/operator.ts'
import { bind, deprovision, fetchInstance, poll, provision, unbind, update } from '../../support/requests.ts'

/** North shows everything, south cannot list. */
function lister(core: Core, cloud: Cloud) {
  return async (provider: string): Promise<readonly Listing[]> =>
    provider === 'north'
      ? [{ provider, family: 'box', listed: await listedIn(cloud, core.brokerId) }]
      : [{ provider, family: 'box', cannot: 'it has no way to list what stands there', why: 'no list' }]
}

for (const database of databases) {
  describe(`drift, ${database.name}`, function () {
    this.timeout(60_000)
    let place: Place
    let cloud: Cloud
    let core: Core
    let reason: RecoveryReason | undefined
    let operator: OperatorService
    let adopts: Driver['adopt'] | undefined
    let observes: Driver['observe'] | undefined
    let differs: Driver['differences'] | undefined

    beforeEach(async () => {
      place = await database.fresh()
      cloud = openCloud()
      reason = undefined
      adopts = undefined
      observes = undefined
      differs = undefined
      core = await openCore(place.address, {
        cloud,
        recovery: { reason: () => reason },
        driver: (driver) => ({
          ...driver,
          observe: (handle, call) => (observes ?? driver.observe)(handle, call),
          get adopt() {
            return adopts as NonNullable<Driver['adopt']>
          },
          get differences() {
            return differs as NonNullable<Driver['differences']>
          }
        })
      })
      operator = operatorOf(core, [], {
        list: lister(core, cloud),
        audit: { reason: () => reason, look: async () => {} }
      })
    })
    afterEach(async () => {
      await core.close()
      await place.drop()
      expect(cloud.violations).to.deep.equal([])
    })

    const ours = (generation = 1) => ({ broker: core.brokerId, resource: newId(), generation })
    const auditActions = async () =>
      (await operator.listAudit({ limit: 100 })).items.map(({ actor, action }) => `${actor} ${action}`)
    const nameOf = async (osbId: string) => (await operator.showInstance(osbId)).resources[0]?.name ?? ''
    /** A look, and so many days. */
    const known = async (days: number) => {
      await operator.showDrift()
      core.clock.advance(days * DAY)
    }
    const remove = (name: string, confirm = name) =>
      operator.deleteOrphan(OPS, { provider: 'north', name, confirm })
    const refused = async (ask: () => Promise<object>, status: number) => {
      const before = await core.tables()
      const answer = await told(ask() as never)
      expect(answer.status, answer.description).to.equal(status)
      expect(await core.tables()).to.deep.equal(before)
      return answer.description
    }

    describe('list', () => {
      it('is empty at every moment of a create, a bind, a switch, its retention and a delete', async () => {
        const seen: string[] = []
        const check = async (where: string) => {
          const { orphans, leftovers, missing, differing, broken } = await operator.showDrift()
          const drifts = [...orphans, ...leftovers, ...missing, ...differing, ...broken]
          if (drifts.length > 0) seen.push(`${where}: ${JSON.stringify(drifts)}`)
        }
        let looks = 0
        cloud.looksUntilReady = 1
        cloud.script = async (method, when) => {
          // Asked inside the transaction of the cut-over: whoever reads the books then waits for its end.
          if (method === 'check') return
          looks += 1
          await check(`${when} ${method}`)
        }
        await provision(core, 'i1', 'slow')
        await core.settle()
        await bind(core, 'i1', 'b1', 'slow')
        await core.settle()
        const asked = await update(core, 'i1', {
          plan_id: 'plan-abroad',
          parameters: { switch: { accept: ['loses-certification:c5'] } }
        })
        expect(asked.status).to.equal(202)
        await core.settle()
        expect(cloud.things.size).to.equal(2)
        await check('while the source is retained')
        core.clock.advance(31 * DAY)
        await core.sweep()
        await core.settle()
        expect(cloud.things.size).to.equal(1)
        await unbind(core, 'i1', 'b1', 'abroad')
        await core.settle()
        await deprovision(core, 'i1', 'abroad')
        await core.settle()
        await check('in the end')
        expect(looks).to.be.greaterThan(20)
        expect(seen).to.deep.equal([])
      })

      it('tells an orphan with its choices, and nothing of what carries the mark of another broker', async () => {
        plant(cloud, 'pstranger', ours(3))
        plant(cloud, 'pforeign', { broker: 'another', resource: newId(), generation: 1 })
        const { orphans, leftovers } = await operator.showDrift()
        expect(leftovers).to.deep.equal([])
        expect(orphans.map(({ name, region, generation }) => [name, region, generation])).to.deep.equal([
          ['pstranger', 'harbour', 3]
        ])
        const [orphan] = orphans
        const { firstSeen = '', choices } = orphan ?? {}
        expect(choices).to.deep.equal([
          {
            choice: 'adopt',
            command:
              'portolan instances adopt pstranger --service SERVICE --plan PLAN --platform NAME --instance ID'
          },
          {
            choice: 'delete',
            command: 'portolan drift delete north pstranger',
            from: new Date(Date.parse(firstSeen) + 7 * DAY).toISOString()
          }
        ])
      })

      it('passes over marks that no broker of ours can have written, and tells all others', async () => {
        const odd = [
          { resource: 'with\0nul' },
          { resource: 'r'.repeat(10_000) },
          { resource: 'half\ud800' },
          { resource: '' },
          { generation: Number.NaN },
          { generation: 1.5 },
          { generation: 1e300 }
        ]
        for (const [index, each] of odd.entries()) plant(cloud, `podd${index}`, { ...ours(), ...each })
        for (const name of ['pnul\0', 'p'.repeat(10_000)]) plant(cloud, name, ours())
        plant(cloud, 'pstranger', ours())
        const names = async () => (await operator.showDrift()).orphans.map(({ name }) => name)
        expect(await names()).to.deep.equal(['pstranger'])
        expect(await names()).to.deep.equal(['pstranger'])
        const taken = await told(
          operator.adoptInstance(OPS, {
            name: 'podd0',
            plan: 'quick',
            platform: 'cf',
            instance: 'i1'
          }) as never
        )
        expect(taken.status).to.equal(422)
      })

      it('tells what was purged as left over, with the instance that it had', async () => {
        await provision(core, 'i1', 'quick')
        const name = await nameOf('i1')
        await operator.purgeInstance(OPS, 'i1')
        const { orphans, leftovers } = await operator.showDrift()
        expect(orphans).to.deep.equal([])
        expect(leftovers).to.have.length(1)
        expect(leftovers[0]).to.include({ osbInstance: 'i1', platform: 'cf', state: 'gone' })
        expect(leftovers[0]?.choices.map(({ choice }) => choice)).to.deep.equal(['adopt', 'delete'])
        expect(leftovers[0]?.choices[0]?.command).to.equal(
          `portolan instances adopt ${name} --service offering-box --plan quick --platform cf --instance i1 --organization org-1 --space space-1`
        )
      })

      it('tells what is gone, what is of another generation, what is broken, and who cannot be asked', async () => {
        for (const id of ['gone', 'other', 'hurt']) await provision(core, id, 'quick')
        cloud.things.delete(await nameOf('gone'))
        const other = cloud.things.get(await nameOf('other'))
        if (other) cloud.things.set(other.name, { ...other, mark: { ...other.mark, generation: 7 } })
        const hurt = await nameOf('hurt')
        const asking = operatorOf(core, [], {
          list: lister(core, cloud),
          observe: async ({ name }) =>
            name === hurt
              ? { state: 'broken', text: 'it is read-only' }
              : { state: cloud.things.has(name) ? 'there' : 'gone' }
        })
        const drift = await asking.showDrift()
        const listed = (kind: 'missing' | 'differing' | 'broken') =>
          drift[kind].map(({ osbInstance, found, text, choices }) => [
            osbInstance,
            found ?? text,
            choices.map(({ choice }) => choice).join()
          ])
        expect(listed('missing')).to.deep.equal([['gone', undefined, 'forget']])
        expect(listed('differing')).to.deep.equal([['other', 7, 'look']])
        expect(listed('broken')).to.deep.equal([['hurt', 'it is read-only', 'look']])
        expect(drift.unlisted.map(({ provider, why }) => [provider, why])).to.deep.equal([
          ['south', 'no list']
        ])
      })

      it('remembers since when, from the first look on, and counts anew what was none in between', async () => {
        const thing = plant(cloud, 'pstranger', ours())
        const since = async () => (await operator.showDrift()).orphans[0]?.firstSeen
        const first = await since()
        core.clock.advance(3 * DAY)
        expect(await since()).to.equal(first)
        cloud.things.delete('pstranger')
        expect(await since()).to.equal(undefined)
        cloud.things.set('pstranger', thing)
        expect(Date.parse((await since()) ?? '') - Date.parse(first ?? '')).to.be.at.least(3 * DAY)
        core.clock.advance(3 * DAY)
        cloud.things.set('pstranger', { ...thing, mark: { ...thing.mark, generation: 2 } })
        expect(Date.parse((await since()) ?? '') - Date.parse(first ?? '')).to.be.at.least(6 * DAY)
      })

      it('forgets since when by a recovery: by older books it may have been an instance since', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        await beginRecovery(core.store, 'audit.checkpoint', { number: 9, mac: 'm', at: 1 })
        const { store } = core
        await store.database.write(async (session) => {
          const kept = await recoveryReason(store, session)
          if (kept) await endRecovery(store, session, kept)
        })
        expect(await refused(() => remove('pstranger'), 409)).to.include('less than seven days')
      })
    })

    describe('delete', () => {
      it('destroys one orphan after seven days, and says so in the audit', async () => {
        plant(cloud, 'pstranger', ours())
        plant(cloud, 'pneighbour', ours())
        expect(await told(remove('pstranger') as never)).to.include({ status: 409 })
        await known(6)
        expect(await refused(() => remove('pstranger'), 409)).to.include('it is not deleted before')
        await known(1)
        const operation = await remove('pstranger')
        expect(operation).to.include({ kind: 'delete-orphan', state: 'succeeded' })
        expect([...cloud.things.keys()]).to.deep.equal(['pneighbour'])
        expect(await auditActions()).to.deep.equal([
          'broker delete orphan',
          'operator:ops order deletion of an orphan'
        ])
        expect((await operator.showDrift()).leftovers).to.deep.equal([])
        expect((await remove('pstranger')).id, 'asked again').to.equal(operation.id)
        expect(await auditActions()).to.have.length(2)
      })

      it('is one deletion where two order it at the same moment', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        const [one, other] = await Promise.all([remove('pstranger'), remove('pstranger')])
        expect(other.id).to.equal(one.id)
        expect(await auditActions()).to.deep.equal([
          'broker delete orphan',
          'operator:ops order deletion of an orphan'
        ])
      })

      it('destroys what was purged, with its logins', async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        const name = await nameOf('i1')
        await operator.purgeInstance(OPS, 'i1')
        await known(7)
        expect(await remove(name)).to.include({ state: 'succeeded' })
        expect(cloud.things.size).to.equal(0)
        expect(cloud.calls).to.include('release')
      })

      it('changes nothing for a name with a slip, in either place', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        expect(await refused(() => remove('pstranger', 'pstrangee'), 422)).to.include('confirm')
        for (const slip of ['pstrange', 'pstrangerx', 'PSTRANGER', 'pstranger ', 'p%', ''])
          await refused(() => remove(slip), 404)
        await refused(
          () => operator.deleteOrphan(OPS, { provider: 'south', name: 'pstranger', confirm: 'pstranger' }),
          409
        )
        await refused(
          () =>
            operator.deleteOrphan(OPS, {
              provider: 'north',
              family: 'chest',
              name: 'pstranger',
              confirm: 'pstranger'
            }),
          404
        )
        expect(cloud.things.size).to.equal(1)
      })

      it('is refused for what an instance has, what a switch retains, and another broker marked', async () => {
        await provision(core, 'i1', 'quick')
        await update(core, 'i1', {
          plan_id: 'plan-abroad',
          parameters: { switch: { accept: ['loses-certification:c5'] } }
        })
        await core.settle()
        plant(cloud, 'pforeign', { broker: 'another', resource: newId(), generation: 1 })
        await known(20)
        const { resources } = await operator.showInstance('i1')
        expect(resources.map(({ state }) => state)).to.deep.equal(['retained', 'active'])
        for (const { name } of resources)
          expect(await refused(() => remove(name), 409)).to.include('belongs to a service instance')
        await refused(() => remove('pforeign'), 404)
        expect(cloud.things.size).to.equal(3)
      })

      it('is refused while the broker recovers', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        reason = {
          since: 1,
          witness: 'audit.checkpoint',
          seen: { number: 9, mac: 'm', at: 1 },
          found: NO_HEAD
        }
        expect(await refused(() => remove('pstranger'), 409)).to.include('recovers')
        expect((await operator.showDrift()).orphans[0]).to.not.have.property('firstSeen')
      })

      it('is refused for an orphan that became an instance meanwhile, and one that is being deleted becomes none', async () => {
        plant(cloud, 'pstranger', ours())
        plant(cloud, 'pother', ours())
        await known(8)
        await operator.adoptInstance(OPS, {
          name: 'pstranger',
          plan: 'quick',
          platform: 'cf',
          instance: 'i1'
        })
        await refused(() => remove('pstranger'), 409)
        let passOn = (): void => {}
        const held = new Promise<void>((resolve) => {
          passOn = resolve
        })
        cloud.script = (method, when) => (method === 'release' && when === 'before' ? held : undefined)
        const ordered = remove('pother')
        await until(async () => (await core.operations('in progress')).length > 0)
        const adoption = { name: 'pother', plan: 'quick', platform: 'cf', instance: 'i2' }
        expect((await told(operator.adoptInstance(OPS, adoption) as never)).status).to.equal(409)
        passOn()
        expect(await ordered).to.include({ state: 'succeeded' })
        expect([...cloud.things.keys()]).to.deep.equal(['pstranger'])
      })

      it('stops when the mark changes between the order and the deed, and leaves an orphan', async () => {
        const thing = plant(cloud, 'pstranger', ours())
        await known(8)
        cloud.script = (method, when) => {
          if (method === 'release' && when === 'after')
            cloud.things.set('pstranger', { ...thing, mark: { ...thing.mark, generation: 2 } })
        }
        const operation = await remove('pstranger')
        expect(operation).to.include({ state: 'failed', failure: 'conflict' })
        expect(operation.description).to.include('generation 2')
        expect(cloud.things.size).to.equal(1)
        expect(cloud.calls).to.not.include('destroy')
      })

      it('leaves an orphan that may be ordered again where the provider refuses', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        cloud.script = (method) => {
          if (method === 'destroy') throw new ProviderFailure('denied', 'not with this key')
        }
        expect(await remove('pstranger')).to.include({ state: 'failed', description: 'not with this key' })
        const { leftovers } = await operator.showDrift()
        expect(leftovers.map(({ name, state }) => [name, state])).to.deep.equal([['pstranger', 'gone']])
        cloud.script = () => {}
        expect(await remove('pstranger')).to.include({ state: 'succeeded' })
        expect(cloud.things.size).to.equal(0)
      })

      it('destroys as a whole what nobody gets into any more', async () => {
        plant(cloud, 'pstranger', ours())
        await known(8)
        cloud.script = (method) => {
          if (method === 'access') throw new ProviderFailure('unavailable', 'no way in')
        }
        const ordered = remove('pstranger')
        await until(async () => (await core.operations('in progress')).length > 0)
        await core.settle()
        expect(await ordered).to.include({ state: 'succeeded' })
        expect(cloud.things.size).to.equal(0)
      })
    })

    describe('forget', () => {
      it('ends an instance that is gone at its provider, and its bindings: the platform hears 410', async () => {
        await provision(core, 'i1', 'quick')
        await bind(core, 'i1', 'b1', 'quick')
        const name = await nameOf('i1')
        cloud.things.delete(name)
        const forgotten = await operator.forgetInstance(OPS, 'i1')
        expect(forgotten).to.deep.include({ osbId: 'i1', platform: 'cf', name, bindings: ['b1'] })
        expect((await deprovision(core, 'i1', 'quick')).status).to.equal(410)
        expect((await unbind(core, 'i1', 'b1', 'quick')).status).to.equal(410)
        expect((await operator.showDrift()).missing).to.deep.equal([])
        expect((await auditActions())[0]).to.equal('operator:ops forget')
        const rows = (await auditActions()).length
        expect(await operator.forgetInstance(OPS, forgotten.id)).to.include({ id: forgotten.id })
        expect(await auditActions()).to.have.length(rows)
        expect((await provision(core, 'i1', 'quick')).status).to.equal(201)
      })

      it('forgets nothing that stands, that is being changed, or that nobody can ask for', async () => {
        await provision(core, 'i1', 'quick')
        expect(await refused(() => operator.forgetInstance(OPS, 'i1'), 409)).to.include('stands at north')
        const thing = cloud.things.get(await nameOf('i1'))
        cloud.things.clear()
        const blind = operatorOf(core, [], {
          list: lister(core, cloud),
          observe: async () => ({ state: 'unknown', text: 'it is away' })
        })
        expect(await refused(() => blind.forgetInstance(OPS, 'i1'), 409)).to.include('it is away')
        const ruined = operatorOf(core, [], {
          list: lister(core, cloud),
          observe: async () => ({ state: 'broken', text: 'Its database was dropped.' })
        })
        expect(await refused(() => ruined.forgetInstance(OPS, 'i1'), 409)).to.include(
          'left at north: Its database was dropped. Only'
        )
        const half = operatorOf(core, [], {
          list: lister(core, cloud),
          observe: async () => ({ state: 'gone' })
        })
        if (thing) cloud.things.set(thing.name, thing)
        expect(await refused(() => half.forgetInstance(OPS, 'i1'), 409)).to.include('still lists')
        cloud.things.clear()
        const silent = operatorOf(core, [], {
          list: async (provider) => [{ provider, family: 'box', cannot: 'it is away', why: 'no answer' }],
          observe: async () => ({ state: 'gone' })
        })
        expect(await refused(() => silent.forgetInstance(OPS, 'i1'), 409)).to.include('it is away')
        cloud.script = (method) => {
          if (method === 'update') throw new ProviderFailure('unavailable', 'not now')
        }
        await provision(core, 'i2', 'slow')
        await core.settle()
        await update(core, 'i2', { plan_id: 'plan-slow-large' })
        cloud.things.clear()
        const told409 = await told(operator.forgetInstance(OPS, 'i2') as never)
        expect([told409.status, told409.description.includes('in progress')]).to.deep.equal([409, true])
      })

      it('forgets no instance whose source a switch still keeps', async () => {
        await provision(core, 'i1', 'quick')
        await update(core, 'i1', {
          plan_id: 'plan-abroad',
          parameters: { switch: { accept: ['loses-certification:c5'] } }
        })
        await core.settle()
        const { resources } = await operator.showInstance('i1')
        cloud.things.delete(resources.find(({ state }) => state === 'active')?.name ?? '')
        expect(await refused(() => operator.forgetInstance(OPS, 'i1'), 409)).to.include('retained')
      })
    })

    describe('adopt', () => {
      const order = { plan: 'quick', platform: 'cf', instance: 'i1', organization: 'org-1', space: 'space-1' }

      it('makes an instance of an orphan, which the platform uses as if it had ordered it', async () => {
        const thing = plant(cloud, 'pstranger', ours(2))
        const operation = await operator.adoptInstance(OPS, { ...order, name: 'pstranger' })
        expect(operation).to.include({ kind: 'adopt', state: 'succeeded', platform: 'cf' })
        expect((await poll(core, 'i1')).body).to.include({ state: 'succeeded' })
        expect((await provision(core, 'i1', 'quick')).status, 'the same request').to.equal(200)
        const bound = await bind(core, 'i1', 'b1', 'quick')
        expect(bound.body['credentials']).to.include({ box: 'pstranger' })
        expect(thing.rows).to.deep.equal(['precious'])
        const shown = await operator.showInstance('i1')
        expect(shown).to.include({ state: 'ready', usable: true, plan: 'quick', region: 'harbour' })
        expect(shown.resources.map(({ name, generation, state }) => [name, generation, state])).to.deep.equal(
          [['pstranger', 2, 'active']]
        )
        expect((await operator.showDrift()).orphans).to.deep.equal([])
        expect(await auditActions()).to.include('operator:ops adopt')
        expect((await operator.adoptInstance(OPS, { ...order, name: 'pstranger' })).id).to.equal(operation.id)
        await unbind(core, 'i1', 'b1', 'quick')
        expect((await deprovision(core, 'i1', 'quick')).status).to.equal(200)
        expect(cloud.things.size).to.equal(0)
      })

      it('gives back what was purged, with the secrets that it had', async () => {
        await provision(core, 'i1', 'quick')
        const name = await nameOf('i1')
        await operator.purgeInstance(OPS, 'i1')
        expect(await operator.adoptInstance(OPS, { ...order, name })).to.include({ state: 'succeeded' })
        expect((await update(core, 'i1', { plan_id: 'plan-quick-large' })).status).to.equal(200)
        expect((await operator.showDrift()).leftovers).to.deep.equal([])
        expect(cloud.things.get(name)?.plan).to.deep.equal({ size: 'quick-large' })
      })

      it('is refused where id, plan, platform, region or name do not fit, and changes nothing', async () => {
        plant(cloud, 'pstranger', ours())
        await provision(core, 'taken', 'quick')
        const taken = await nameOf('taken')
        await operator.showDrift()
        const adopt = (change: object) =>
          operator.adoptInstance(OPS, { ...order, name: 'pstranger', ...change })
        expect(await refused(() => adopt({ instance: 'taken' }), 409)).to.include('instances forget')
        expect(await refused(() => adopt({ plan: 'nix' }), 400)).to.include('nix')
        expect(await refused(() => adopt({ platform: 'lost' }), 400)).to.include('lost')
        expect(await refused(() => adopt({ plan: 'abroad' }), 422)).to.include('south')
        expect(await refused(() => adopt({ region: 'hill' }), 422)).to.include('harbour')
        expect(await refused(() => adopt({ parameters: { colour: 'red' } }), 400)).to.not.include('red')
        expect(await refused(() => adopt({ name: 'pnobody' }), 422)).to.include('cannot take over')
        expect(await refused(() => adopt({ name: taken }), 409)).to.include('taken')
      })

      it('asks for the service where several have a plan of that name, and names them', async () => {
        plant(cloud, 'pstranger', ours())
        await operator.showDrift()
        core.catalog.now = catalogOf([
          ...PLANS,
          planNamed('quick', { id: 'plan-twin', offeringId: OTHER_SERVICE })
        ])
        const adopt = (change: object) =>
          operator.adoptInstance(OPS, { ...order, name: 'pstranger', ...change })
        const ambiguous = await refused(() => adopt({}), 409)
        expect(ambiguous).to.include('offering-box (plan-quick), offering-chest (plan-twin)')
        expect(await refused(() => adopt({ service: 'none' }), 400)).to.include('of a service none')
        expect(await adopt({ service: OTHER_SERVICE })).to.include({ state: 'succeeded' })
        expect(await operator.showInstance('i1')).to.include({ planId: 'plan-twin' })
      })

      it('destroys nothing where it fails, and frees the id', async () => {
        plant(cloud, 'pstranger', ours())
        cloud.script = (method) => {
          if (method === 'prepare') throw new ProviderFailure('denied', 'no right to')
        }
        const failed = await operator.adoptInstance(OPS, { ...order, name: 'pstranger' })
        expect(failed).to.include({ state: 'failed', description: 'no right to' })
        expect(cloud.things.get('pstranger')?.rows).to.deep.equal(['precious'])
        expect(cloud.calls).to.not.include('destroy')
        expect((await fetchInstance(core, 'i1')).status).to.equal(404)
        expect((await operator.showDrift()).leftovers.map(({ name }) => name)).to.deep.equal(['pstranger'])
        cloud.script = () => {}
        const again = await operator.adoptInstance(OPS, { ...order, name: 'pstranger' })
        expect(again).to.include({ state: 'succeeded' })
        expect(again.id).to.not.equal(failed.id)
      })

      it('takes over what carries no mark where the driver can, chosen before it has an effect', async () => {
        plant(cloud, 'shop', { broker: 'nobody', resource: 'none', generation: 0 })
        const asked: unknown[] = []
        adopts = async ({ name, mark }, soFar) => {
          asked.push(soFar)
          const handle = { v: 1, name, resource: mark.resource }
          if (!soFar) return { state: 'pending', handle, lookAgainInSeconds: 0 }
          const thing = cloud.things.get(name)
          if (thing) cloud.things.set(name, { ...thing, mark })
          return { state: 'ready', handle }
        }
        const operation = await operator.adoptInstance(OPS, { ...order, name: 'shop' })
        expect(operation).to.include({ state: 'succeeded' })
        expect(asked.slice(0, 2), 'a look before it is accepted, and the choice').to.deep.equal([
          undefined,
          undefined
        ])
        expect(asked).to.have.length(3)
        expect(cloud.things.get('shop')?.mark.broker).to.equal(core.brokerId)
        expect((await bind(core, 'i1', 'b1', 'quick')).status).to.equal(201)
      })

      for (const [kind, status] of [
        ['not-found', 404],
        ['conflict', 409],
        ['invalid', 422],
        ['quota', 422],
        ['denied', 422]
      ] as const) {
        it(`is refused with ${status} before it is accepted where the driver says ${kind}`, async () => {
          plant(cloud, 'shop', { broker: 'another', resource: 'none', generation: 0 })
          adopts = async (_order, soFar) => {
            throw soFar ? new Error('it was only to look') : new ProviderFailure(kind, 'it is not for us')
          }
          const ask = () => operator.adoptInstance(OPS, { ...order, name: 'shop' })
          expect(await refused(ask, status)).to.equal('it is not for us')
        })
      }

      it('is refused where nothing stands there, or it will not work, though a list told of it', async () => {
        plant(cloud, 'pstranger', ours())
        await operator.showDrift()
        const ask = () => operator.adoptInstance(OPS, { ...order, name: 'pstranger' })
        observes = async (handle) => ({ state: 'broken', handle, note: 'its disk is lost' })
        expect(await refused(ask, 409)).to.equal('its disk is lost')
        observes = async () => ({ state: 'gone' })
        expect(await refused(ask, 404)).to.equal('Nothing called pstranger stands at north any more.')
        observes = undefined
        expect(await ask()).to.include({ state: 'succeeded' })
      })

      it('is refused under a plan that is not what stands, with what differs and the plans that it is', async () => {
        const thing = plant(cloud, 'pstranger', ours())
        thing.plan = { size: 'quick-large' }
        await operator.showDrift()
        const sizeIs =
          (...sizes: readonly string[]): Driver['differences'] =>
          async (_handle, plan) =>
            sizes.includes(String(plan['size'])) ? [] : [`the size is large, not ${String(plan['size'])}`]
        const ask = (plan: string) => operator.adoptInstance(OPS, { ...order, plan, name: 'pstranger' })
        const begins = 'pstranger is not what the plan quick says: the size is large, not quick.'
        differs = sizeIs('quick-large')
        expect(await refused(() => ask('quick'), 422)).to.equal(
          `${begins} It is what the plan quick-large says.`
        )
        differs = sizeIs('quick-large', 'slow-large', 'abroad', 'chest')
        expect(await refused(() => ask('quick'), 422)).to.equal(
          `${begins} It is what the plans quick-large, slow-large say.`
        )
        differs = sizeIs('abroad', 'chest')
        expect(await refused(() => ask('quick'), 422)).to.equal(
          `${begins} No other plan of the service at north says what it is.`
        )
        differs = sizeIs('quick-large')
        expect(await ask('quick-large')).to.include({ state: 'succeeded' })
      })

      it('fails before the driver has an effect where only the operation sees that the plan is another', async () => {
        plant(cloud, 'pstranger', ours())
        await operator.showDrift()
        let looks = 0
        differs = async () => {
          looks += 1
          if (looks === 1) throw new ProviderFailure('unavailable', 'it is busy')
          return ['the size is large, not quick']
        }
        adopts = async () => {
          throw new Error('it was to be refused')
        }
        const ask = () => operator.adoptInstance(OPS, { ...order, name: 'pstranger' })
        expect(await ask()).to.include({
          state: 'failed',
          description: 'It is not what the plan quick says: the size is large, not quick.'
        })
        expect((await fetchInstance(core, 'i1')).status).to.equal(404)
        expect((await operator.showDrift()).leftovers.map(({ name }) => name)).to.deep.equal(['pstranger'])
      })

      it('is accepted where a look cannot tell, and the operation tries', async () => {
        plant(cloud, 'shop', { broker: 'nobody', resource: 'none', generation: 0 })
        let looks = 0
        adopts = async ({ name, mark }) => {
          looks += 1
          if (looks === 1) throw new ProviderFailure('unavailable', 'it is busy')
          return { state: 'ready', handle: { v: 1, name, resource: mark.resource } }
        }
        const operation = await operator.adoptInstance(OPS, { ...order, name: 'shop' })
        expect(operation).to.include({ kind: 'adopt', state: 'succeeded' })
        expect(looks).to.equal(2)
      })

      it('answers the same operation when asked again, whatever a look would say by then', async () => {
        plant(cloud, 'shop', { broker: 'nobody', resource: 'none', generation: 0 })
        adopts = async ({ name, mark }) => ({
          state: 'ready',
          handle: { v: 1, name, resource: mark.resource }
        })
        const first = await operator.adoptInstance(OPS, { ...order, name: 'shop' })
        adopts = async () => {
          throw new ProviderFailure('conflict', 'it has a mark by now')
        }
        expect((await operator.adoptInstance(OPS, { ...order, name: 'shop' })).id).to.equal(first.id)
      })

      it('says under which plan it stands when asked again under another one, also after an update', async () => {
        plant(cloud, 'pstranger', ours())
        await operator.showDrift()
        const ask = (plan: string) => operator.adoptInstance(OPS, { ...order, plan, name: 'pstranger' })
        const first = await ask('quick')
        expect(await refused(() => ask('slow'), 409)).to.equal(
          'pstranger is the service instance i1 of the platform cf already, under the plan quick. Another plan is an update, which its platform asks for.'
        )
        expect((await update(core, 'i1', { plan_id: 'plan-quick-large' })).status).to.equal(200)
        expect(await refused(() => ask('slow'), 409)).to.include('under the plan quick-large.')
        expect((await ask('quick')).id, 'the same order').to.equal(first.id)
      })

      it('may be tried again after what could not be taken over was mended', async () => {
        plant(cloud, 'shop', { broker: 'nobody', resource: 'none', generation: 0 })
        adopts = async () => {
          throw new ProviderFailure('invalid', 'somebody else owns a table in it')
        }
        const ask = () => operator.adoptInstance(OPS, { ...order, name: 'shop' })
        expect(await refused(ask, 422)).to.equal('somebody else owns a table in it')
        adopts = async ({ name, mark }) => ({
          state: 'ready',
          handle: { v: 1, name, resource: mark.resource }
        })
        expect(await operator.adoptInstance(OPS, { ...order, name: 'shop' })).to.include({
          state: 'succeeded'
        })
      })
    })
  })
}
