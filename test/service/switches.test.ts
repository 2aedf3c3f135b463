import { expect } from 'chai'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { SwitchDetails } from '../../src/service/switches/switch-details.ts'
import { DAY } from '../support/clock.ts'
import { type Core, callerOf, type Told, told, until } from '../support/core.ts'
import { operatorOf } from '../support/operator.ts'
import { bind, fetchBinding, poll, provision, rotate, unbind, update } from '../support/requests.ts'
import { hold, onEveryDatabase } from '../support/suite.ts'
import { AS_OPERATOR, asPlatform, switchesOf } from '../support/switches.ts'

const ACCEPT = ['loses-certification:c5']
const OTHER = asPlatform({ name: 'other' })

onEveryDatabase('Switches from outside', (bench) => {
  const abroad = (more: object = {}) => ({
    instance: bench.id,
    plan: 'abroad',
    directive: { accept: ACCEPT, ...more }
  })
  const refusal = (asked: Promise<unknown>): Promise<Told> => told(asked as never)
  const switches = () => switchesOf(bench.core)

  /** An instance with one binding that has written a row. */
  async function lived(core: Core, id: string): Promise<string> {
    await provision(core, id, 'quick')
    await bind(core, id, 'b', 'quick')
    const { body } = await fetchBinding(core, id, 'b')
    const login = (body['credentials'] as { username: string }).username
    core.cloud.write(login, 'one')
    return login
  }

  async function moved(more: object = {}): Promise<SwitchDetails> {
    await lived(bench.core, bench.id)
    bench.core.clock.advance(1000)
    const { id } = await switches().begin(AS_OPERATOR, 'switch', abroad(more))
    await bench.core.settle()
    return switches().show(AS_OPERATOR, id)
  }

  const auditOf = async (id: string) =>
    (await operatorOf(bench.core).listAudit({ limit: 100, subject: `instance ${id}` })).items

  describe('plan', () => {
    it('tells findings, size, estimate and effects, and what has to be accepted; nothing is kept or made', async () => {
      const { core, id } = bench
      await lived(core, id)
      const before = await core.tables()
      const things = core.cloud.things.size
      core.cloud.findings = [
        { id: 'small-thing', level: 'note', subject: 'box', text: 'It is small.' },
        { id: 'old-lock', level: 'warning', subject: 'box', text: 'It is old.', remedy: 'oil it' }
      ]
      const plan = await switches().plan(AS_OPERATOR, { instance: id, plan: 'abroad' })
      expect(plan).to.deep.include({
        osbInstance: id,
        from: { provider: 'north', plan: 'quick', region: 'harbour' },
        to: { provider: 'south', plan: 'abroad', region: 'harbour' },
        begins: true,
        accept: ACCEPT,
        size: { bytes: 1, objects: 1 },
        estimate: { copySeconds: 1, freezeSeconds: 2 },
        effects: ['Applications cannot write for about 2 seconds.']
      })
      expect(plan.findings.map(({ level }) => level)).to.deep.equal(['accept', 'warning', 'note'])
      core.cloud.findings = []
      expect(await core.tables()).to.deep.equal(before)
      expect(core.cloud.things.size).to.equal(things)
    })

    it('names what blocks first, and then it does not begin', async () => {
      const { core, id } = bench
      await lived(core, id)
      core.cloud.findings = [
        { id: 'small-thing', level: 'note', subject: 'box', text: 'It is small.' },
        { id: 'no-room', level: 'blocking', subject: 'target', text: 'It is full.' }
      ]
      const plan = await switches().plan(asPlatform(), { instance: id, plan: 'plan-abroad', region: 'hill' })
      core.cloud.findings = []
      expect(plan.begins).to.equal(false)
      expect(plan.to.region).to.equal('hill')
      expect(plan.findings.map((each) => each.id)).to.deep.equal(['no-room', ...ACCEPT, 'small-thing'])
    })

    it('says by the policy of the platform that nobody may accept it', async () => {
      const { core, id } = bench
      await lived(core, id)
      const strict = switchesOf(core, { forbids: ['loses-certification'] })
      const plan = await strict.plan(AS_OPERATOR, { instance: id, plan: 'abroad' })
      expect(plan).to.deep.include({ begins: false, accept: [] })
    })

    it('refuses a provider that is not configured', async () => {
      const { core, id } = bench
      await lived(core, id)
      core.configured.delete('south')
      const asked = await refusal(switches().plan(AS_OPERATOR, { instance: id, plan: 'abroad' }))
      core.configured.add('south')
      expect(asked).to.include({ status: 400, description: 'the provider south is not configured' })
    })

    it('answers 503 with the reason where an end does not answer', async () => {
      const { core, id } = bench
      await lived(core, id)
      core.cloud.script = (method) => {
        if (method === 'examine') throw new ProviderFailure('unavailable', 'nobody is at home')
      }
      const asked = await refusal(switches().plan(AS_OPERATOR, { instance: id, plan: 'abroad' }))
      expect(asked.status).to.equal(503)
      expect(asked.description).to.include('nobody is at home')
    })
  })

  describe('begin', () => {
    it('SW-01 moves the instance as an update of its plan does, and is a row of the audit with who ordered it', async () => {
      const done = await moved()
      expect(done).to.include({
        kind: 'switch',
        state: 'completed',
        osbInstance: bench.id,
        waitsForGo: false
      })
      expect(done.timeline.map(({ state }) => state)).to.include.members(['precheck', 'freeze', 'completed'])
      expect(done.figures).to.include({ rows: 1 }).and.to.have.property('freezeMs')
      expect(done.verification).to.include({ verdict: 'equal' })
      expect(done.examination?.size).to.deep.equal({ bytes: 1, objects: 1 })
      expect(Date.parse(done.retrievalUntil ?? '')).to.be.greaterThan(bench.core.clock.now() + 29 * DAY)
      const [row] = (await auditOf(bench.id)).filter(({ action }) => action === 'switch')
      expect(row).to.include({ actor: 'operator:ops', platform: 'cf', operation: done.id })
      const shown = await operatorOf(bench.core).showInstance(bench.id)
      expect(shown).to.include({ plan: 'abroad', lastSwitch: done.id })
      expect(shown.resources.map(({ state, retrievalUntil }) => [state, retrievalUntil])).to.deep.equal([
        ['retained', done.retrievalUntil],
        ['active', undefined]
      ])
    })

    it('by the platform itself is its own row', async () => {
      const { core, id } = bench
      await lived(core, id)
      const begun = await switches().begin(asPlatform(), 'switch', abroad())
      await core.settle()
      const [row] = (await auditOf(id)).filter(({ action }) => action === 'switch')
      expect(row).to.include({ actor: 'platform', operation: begun.id })
      expect((await poll(core, id, { operation: begun.id })).body).to.include({ state: 'succeeded' })
    })

    it('moves to another region of the same plan', async () => {
      const { core, id } = bench
      await lived(core, id)
      const { id: begun } = await switches().begin(AS_OPERATOR, 'switch', {
        instance: id,
        plan: 'quick',
        region: 'hill',
        directive: {}
      })
      await core.settle()
      expect(await switches().show(AS_OPERATOR, begun)).to.deep.include({
        state: 'completed',
        to: { provider: 'north', plan: 'quick', region: 'hill' }
      })
    })

    const REFUSED: readonly (readonly [string, object, number, string])[] = [
      ['a plan that is not there', { plan: 'nothing' }, 400, 'there are quick'],
      ['what is accepted by nobody', { directive: {} }, 422, 'loses-certification:c5'],
      ['where it is already', { plan: 'quick' }, 422, 'already'],
      ['what is a mere update', { plan: 'quick-large' }, 422, 'update of the service instance'],
      ['an instance that is not there', { instance: 'nix' }, 404, 'There is no service instance nix.']
    ]
    for (const [what, change, status, text] of REFUSED) {
      it(`refuses ${what} and changes nothing`, async () => {
        const { core, id } = bench
        await lived(core, id)
        const before = await core.tables()
        const asked = await refusal(switches().begin(AS_OPERATOR, 'switch', { ...abroad(), ...change }))
        expect(asked.status, asked.description).to.equal(status)
        expect(asked.description).to.include(text)
        expect(await core.tables()).to.deep.equal(before)
      })
    }

    it('orders for a platform nothing that the platform does not see', async () => {
      const { core, id } = bench
      await lived(core, id)
      const north = switchesOf(core, { sees: { providers: ['north'] } })
      const asked = await refusal(north.begin(AS_OPERATOR, 'switch', abroad()))
      expect(asked.status).to.equal(400)
      expect(asked.description).to.not.include('abroad')
    })
  })

  describe('rehearse', () => {
    it('SW-29 copies and verifies beside a living source, tells figures, and leaves nothing', async () => {
      const { core, id } = bench
      const login = await lived(core, id)
      const held = hold(core, 'copy')
      const begun = await switches().begin(asPlatform(), 'rehearsal', abroad())
      await held.reached
      expect(core.cloud.write(login, 'two')).to.equal(true)
      expect((await bind(core, id, 'late', 'quick')).status).to.equal(201)
      for (const again of [
        () => refusal(switches().begin(AS_OPERATOR, 'rehearsal', abroad())),
        () => refusal(switches().begin(AS_OPERATOR, 'switch', abroad())),
        () => update(core, id, { plan_id: 'plan-abroad', parameters: { switch: { accept: ACCEPT } } })
      ])
        expect(await again()).to.include({ status: 422, error: 'ConcurrencyError' })
      held.release()
      await core.settle()
      const done = await switches().show(AS_OPERATOR, begun.id)
      expect(done).to.include({ kind: 'rehearsal', state: 'completed' })
      expect(done.figures).to.include.keys('copyMs', 'verifyMs').and.not.have.property('freezeMs')
      expect(done).to.not.have.any.keys('notRenewed', 'retrievalUntil', 'frozenMs')
      const shown = await operatorOf(core).showInstance(id)
      expect(shown.plan).to.equal('quick')
      expect(shown.resources.map(({ state }) => state)).to.deep.equal(['active', 'gone'])
      expect(shown).to.not.have.property('lastSwitch')
      await unbind(core, id, 'late', 'quick')
    })

    it('is not what the platform polls', async () => {
      const { core, id } = bench
      await lived(core, id)
      const held = hold(core, 'copy')
      await switches().begin(AS_OPERATOR, 'rehearsal', abroad())
      await held.reached
      expect((await poll(core, id)).body).to.include({ state: 'succeeded' })
      held.release()
      await core.settle()
    })
  })

  describe('go and cancel', () => {
    async function waiting(): Promise<string> {
      await lived(bench.core, bench.id)
      const { id } = await switches().begin(asPlatform(), 'switch', abroad({ cutover: 'manual' }))
      await until(async () => (await switches().show(AS_OPERATOR, id)).waitsForGo)
      return id
    }

    it('a manual one waits, says until when, and goes on when told to, once', async () => {
      const id = await waiting()
      expect((await switches().show(asPlatform(), id)).deadlineAt).to.be.a('string')
      expect((await switches().go(asPlatform(), id)).waitsForGo).to.equal(false)
      await bench.core.settle()
      expect((await switches().show(AS_OPERATOR, id)).state).to.equal('completed')
      const again = await refusal(switches().go(AS_OPERATOR, id))
      expect(again).to.include({ status: 409, description: 'It has ended: completed.' })
      const rows = (await auditOf(bench.id)).filter(({ action }) => action === 'go')
      expect(rows.map(({ actor }) => actor)).to.deep.equal(['platform'])
    })

    it('is cancelled while it waits: the reason and who are told', async () => {
      const { core, id: instance } = bench
      const id = await waiting()
      const ended = await switches().cancel(AS_OPERATOR, id)
      expect(ended).to.include({ state: 'cancelled' })
      expect((await poll(core, instance)).body).to.include({ state: 'failed', instance_usable: true })
      const [row] = (await auditOf(instance)).filter(({ action }) => action === 'cancel')
      expect(row).to.include({ actor: 'operator:ops', operation: id })
      expect(await refusal(switches().cancel(AS_OPERATOR, id))).to.include({ status: 409 })
      expect(await refusal(switches().go(AS_OPERATOR, id))).to.include({ status: 409 })
      await core.settle()
    })

    it('is cancelled while it copies, and the source is writable again', async () => {
      const { core, id: instance } = bench
      const login = await lived(core, instance)
      const held = hold(core, 'copy')
      const { id } = await switches().begin(AS_OPERATOR, 'switch', abroad())
      await held.reached
      const copying = await switches().show(AS_OPERATOR, id)
      expect(copying.frozenMs).to.be.a('number')
      const cancelling = switches().cancel(asPlatform(), id)
      await until(async () => (await switches().show(AS_OPERATOR, id)).cancel === 'by platform')
      held.release()
      await cancelling
      await core.settle()
      expect((await switches().show(AS_OPERATOR, id)).state).to.equal('cancelled')
      expect(core.cloud.write(login, 'two')).to.equal(true)
    })

    it('is too late after the cut-over', async () => {
      const { id } = await moved()
      const asked = await refusal(switches().cancel(AS_OPERATOR, id))
      expect(asked.status).to.equal(409)
      expect(asked.description).to.include('switch back')
    })

    it('go is refused where nothing waits', async () => {
      const { core, id } = bench
      await lived(core, id)
      const held = hold(core, 'copy')
      const begun = await switches().begin(AS_OPERATOR, 'switch', abroad())
      await held.reached
      expect((await refusal(switches().go(AS_OPERATOR, begun.id))).status).to.equal(409)
      held.release()
      await core.settle()
    })
  })

  describe('back', () => {
    it('SW-12 goes to where it came from with what was written meanwhile, as a switch of its own', async () => {
      const { core, id } = bench
      const first = await moved()
      const { body } = await fetchBinding(core, id, 'b')
      core.cloud.write((body['credentials'] as { username: string }).username, 'two')
      const { id: second } = await switches().back(asPlatform(), first.id, {})
      await core.settle()
      const done = await switches().show(AS_OPERATOR, second)
      expect(done).to.deep.include({ state: 'completed', to: first.from, from: first.to })
      expect(done.figures).to.include({ rows: 2 })
      const { resources } = await operatorOf(core).showInstance(id)
      expect(resources.map(({ state }) => state)).to.deep.equal(['retained', 'retained', 'active'])
    })

    it('is refused where nothing is kept, or where the plan is sold no more', async () => {
      const { core } = bench
      const first = await moved()
      const narrow = switchesOf(core, { sees: { providers: ['south'] } })
      const gone = await refusal(narrow.back(AS_OPERATOR, first.id, {}))
      expect(gone).to.include({ status: 409 })
      expect(gone.description).to.include('not in the catalog any more')
      await switches().erase(AS_OPERATOR, first.id, bench.id)
      await core.settle()
      expect((await refusal(switches().back(AS_OPERATOR, first.id, {}))).status).to.equal(409)
    })
  })

  describe('erase', () => {
    it('SW-10 SW-11 erases a kept source on order before its time, with proof and receipt', async () => {
      const { core, id: instance } = bench
      const { id } = await moved()
      expect((await refusal(switches().erase(AS_OPERATOR, id, 'another'))).status).to.equal(422)
      expect((await switches().show(AS_OPERATOR, id)).hasErasureReceipt).to.equal(false)
      expect((await refusal(switches().receipt(AS_OPERATOR, id, 'erasure'))).status).to.equal(404)
      await switches().erase(asPlatform(), id, instance)
      await core.settle()
      const done = await switches().show(AS_OPERATOR, id)
      expect(done.erasure).to.include({ orderedBy: 'platform' })
      expect(done.erasure?.proof).to.include('there is no such box')
      expect(done.hasErasureReceipt).to.equal(true)
      expect(await switches().receipt(asPlatform(), id, 'erasure')).to.equal(`erasure of ${id}`)
      const again = await refusal(switches().erase(AS_OPERATOR, id, instance))
      expect(again).to.include({ status: 409, description: 'Its source is erased already.' })
      const [row] = (await auditOf(instance)).filter(({ action }) => action === 'order erasure')
      expect(row).to.include({ actor: 'platform' })
    })

    it('waits until the source is closed', async () => {
      const { core, id: instance } = bench
      await lived(core, instance)
      const held = hold(core, 'retire')
      const { id } = await switches().begin(AS_OPERATOR, 'switch', abroad())
      await held.reached
      const asked = await refusal(switches().erase(AS_OPERATOR, id, instance))
      expect(asked.status).to.equal(409)
      expect(asked.description).to.include('still being closed')
      held.release()
      await core.settle()
    })
  })

  describe('receipt', () => {
    it('SW-18 is there after the source was closed, and says why it is not before', async () => {
      const { core, id: instance } = bench
      await lived(core, instance)
      const held = hold(core, 'copy')
      const { id } = await switches().begin(AS_OPERATOR, 'switch', abroad())
      await held.reached
      const early = await refusal(switches().receipt(AS_OPERATOR, id, 'completion'))
      expect(early.status).to.equal(404)
      expect(early.description).to.include('has not completed')
      held.release()
      await core.settle()
      expect(await switches().receipt(AS_OPERATOR, id, 'completion')).to.equal(`completion of ${id}`)
      expect((await switches().show(AS_OPERATOR, id)).hasReceipt).to.equal(true)
    })
  })

  describe('SW-32 who uses credentials of before', () => {
    const left = async (id: string) =>
      ((await switches().show(AS_OPERATOR, id)).notRenewed ?? []).map(({ binding }) => binding)

    it('is listed by login until its credentials are fetched', async () => {
      const { core, id: instance } = bench
      await lived(core, `${instance}-twin`)
      const { id, notRenewed } = await moved()
      expect(notRenewed?.map(({ binding }) => binding)).to.deep.equal(['b'])
      expect(notRenewed?.[0]?.login).to.match(/^b[a-z2-7]{20}$/)
      core.clock.advance(1000)
      await fetchBinding(core, `${instance}-twin`, 'b')
      expect(await left(id), 'of another instance').to.deep.equal(['b'])
      await fetchBinding(core, instance, 'b')
      expect(await left(id)).to.deep.equal([])
    })

    it('or a successor is made, and never what was bound afterwards', async () => {
      const { core, id: instance } = bench
      const { id } = await moved()
      core.clock.advance(1000)
      await bind(core, instance, 'new', 'abroad')
      expect(await left(id)).to.deep.equal(['b'])
      expect((await rotate(core, instance, 'b2', { predecessor_binding_id: 'b' })).status).to.equal(201)
      expect(await left(id)).to.deep.equal([])
    })
  })

  describe('who sees what', () => {
    it('a platform finds nothing of another one, by neither id, as if it were not there', async () => {
      const { core, id: instance } = bench
      const done = await moved()
      const unknown = await refusal(switches().show(OTHER, 'nix'))
      expect(unknown.description).to.equal('There is no switch nix.')
      for (const ask of [
        () => switches().show(OTHER, done.id),
        () => switches().go(OTHER, done.id),
        () => switches().cancel(OTHER, done.id),
        () => switches().back(OTHER, done.id, {}),
        () => switches().erase(OTHER, done.id, instance),
        () => switches().receipt(OTHER, done.id, 'completion')
      ]) {
        const asked = await refusal(ask())
        expect([asked.status, asked.description]).to.deep.equal([404, `There is no switch ${done.id}.`])
      }
      for (const id of [instance, done.instance])
        for (const ask of [
          () => switches().plan(OTHER, { instance: id, plan: 'abroad' }),
          () => switches().begin(OTHER, 'switch', { ...abroad(), instance: id }),
          () => switches().list(OTHER, { limit: 10, instance: id })
        ])
          expect(await refusal(ask())).to.include({
            status: 404,
            description: `There is no service instance ${id}.`
          })
      expect((await switches().list(OTHER, { limit: 10 })).items).to.deep.equal([])
      expect((await switches().list(OTHER, { limit: 10, platform: 'cf' })).items).to.deep.equal([])
      await core.settle()
    })

    it('lists newest first, by instance, state, kind and platform, page after page', async () => {
      const { core, id: instance } = bench
      const first = await moved()
      const { id: second } = await switches().begin(AS_OPERATOR, 'rehearsal', { ...abroad(), plan: 'quick' })
      await core.settle()
      const ids = async (query: object, asker = asPlatform()) =>
        (await switches().list(asker, { limit: 10, instance, ...query })).items.map(({ id }) => id)
      expect(await ids({})).to.deep.equal([second, first.id])
      expect(await ids({ kind: 'switch' }, AS_OPERATOR)).to.deep.equal([first.id])
      expect(await ids({ state: 'blocked' })).to.deep.equal([])
      expect(await ids({ platform: 'other' }, AS_OPERATOR)).to.deep.equal([])
      const page = await switches().list(AS_OPERATOR, { limit: 1, instance })
      const rest = await switches().list(AS_OPERATOR, { limit: 1, instance, after: page.next ?? 0 })
      expect(rest.items.map(({ id }) => id)).to.deep.equal([first.id])
      expect(rest).to.not.have.property('next')
      expect(page.items[0]).to.not.have.any.keys('examination', 'verification', 'notRenewed')
    })

    it('asks which one where several platforms use an id, and refuses for one that is configured no more', async () => {
      const { core, id } = bench
      await provision(core, id, 'quick')
      await provision(core, id, 'quick', { caller: callerOf({ name: 'lost' }) })
      expect(await refusal(switches().begin(AS_OPERATOR, 'switch', abroad()))).to.include({ status: 409 })
      const ours = (await operatorOf(core).listInstances({ limit: 10, platform: 'lost' })).items[0]?.id ?? ''
      const asked = await refusal(switches().begin(AS_OPERATOR, 'switch', { ...abroad(), instance: ours }))
      expect(asked).to.include({ status: 409 })
      expect(asked.description).to.include('lost')
    })
  })
})
