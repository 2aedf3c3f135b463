import { expect } from 'chai'
import { freshLogin } from '../../test/conformance/fresh.ts'
import { failureOf, thrown } from '../../test/support/failures.ts'
import { ALLOWED, POST, useServices } from './fake/bench.ts'
import { descriptionOf } from './mark.ts'

describe('ovhcloud, over its fake', function () {
  this.timeout(20_000)
  const { bench, begin, services } = useServices()

  it('orders, sets the password, makes the database, binds, and leaves nothing', async () => {
    const engine = begin()
    await engine.create()
    const [service, ...others] = await services()
    expect(others).to.deep.equal([])
    expect(service).to.deep.include({
      description: descriptionOf(engine.book.order.name, engine.book.order.mark),
      rules: ALLOWED
    })
    expect((await bench.fake.state()).databases).to.deep.equal([engine.book.order.name])
    const login = freshLogin()
    expect(await engine.bind(login)).to.deep.include({ username: login.name, host: 'localhost' })
    await engine.remove()
    const { databases, roles, services: left } = await bench.fake.state()
    expect({ databases, roles, left }).to.deep.equal({ databases: [], roles: [], left: [] })
  })

  it('does all of it with application keys too, by the clock of OVHcloud', async () => {
    const { endpoint, project, network } = bench.fake.settings
    await bench.fake.advance(600)
    bench.open({
      endpoint: endpoint ?? '',
      project: project ?? '',
      network: network ?? '',
      ...bench.fake.applicationKeys
    })
    const engine = begin()
    await engine.create()
    const login = freshLogin()
    expect(await engine.bind(login)).to.deep.include({ username: login.name })
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('looks before it orders again what OVHcloud says has failed', async () => {
    await bench.fake.setScene({ failedPosts: 2 })
    const engine = begin()
    await engine.create()
    expect(await services()).to.have.length(1)
    expect(await bench.asked(POST)).to.equal(1)
    expect((await engine.bind(freshLogin()))['password']).to.be.a('string')
  })

  it('waits for a password that does not work at once, and makes another when it never does', async () => {
    await bench.fake.setScene({ latePasswords: 60 })
    await begin().create()
    expect(bench.passed()).to.be.at.least(60)
    const passwords = () => bench.asked(`${POST}/{id}/user/{id}/credentials/reset`)
    expect(await passwords()).to.equal(1)
    await bench.fake.setScene({ latePasswords: 1000 })
    const engine = begin()
    engine.afterEach(async () => {
      if ((await passwords()) === 2) await bench.fake.setScene({ latePasswords: 0 })
    })
    await engine.create()
    expect(await passwords()).to.equal(3)
  })

  it('takes the pauses that a throttling provider asks for', async () => {
    await bench.fake.setScene({ throttled: 3, resetSeconds: 60 })
    await begin().create()
    expect(bench.passed()).to.be.at.least(180)
  })

  it('sits out the pages that come instead of tokens, and tokens that end early', async () => {
    await bench.fake.setScene({ tokenPages: 3 })
    const engine = begin()
    await engine.create()
    await bench.fake.expire()
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('says that no offer matches, and leaves nothing', async () => {
    await bench.fake.setScene({ soldOut: ['db1-4'] })
    const engine = begin()
    const told = await failureOf(engine.create(), 'invalid')
    expect(told.message).to.contain('no offer')
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })

  it('gives up a service that ends in error, and removes it', async () => {
    await bench.fake.setScene({ halfCreated: 1 })
    const engine = begin()
    expect(await thrown(engine.create())).to.include({ name: 'Broken' })
    await engine.remove()
    expect((await bench.fake.state()).roles).to.deep.equal([])
    expect(await services()).to.deep.equal([])
  })

  it('names the right that the administrator lacks', async () => {
    await bench.fake.setScene({ plainAdmin: true })
    const told = await failureOf(begin().create(), 'denied')
    expect(told.message).to.contain('CREATEDB')
  })

  it('deletes a protected service too', async () => {
    const engine = begin()
    await engine.create()
    const [service] = await services()
    await bench.fake.protect(service?.id ?? '')
    await engine.remove()
    expect(await services()).to.deep.equal([])
  })
})
