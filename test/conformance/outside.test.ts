import { randomUUID } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { family } from '../../src/families/example/index.ts'
import { dataFolder, loginIn, removeBrokers, startedBroker } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { root } from '../support/root.ts'
import { playScene } from './driver.ts'
import { SCENES, type Scene } from './harness.ts'
import { breaches, enrolmentsOf, serviceFaults } from './outside.ts'
import { main } from './play.ts'
import { matrix, type Row } from './rows.ts'

/** One mistake in one file of the template: what stands there, what it becomes, and what the scene says then. */
const MISTAKES: Readonly<
  Record<
    string,
    { readonly scene: Scene; readonly at: readonly [string, string, string]; readonly told: RegExp }
  >
> = {
  'takes and destroys what another broker made': {
    scene: 'another broker refused',
    at: ['types.ts', 'one?.broker === other.broker && one.resource', 'one?.resource'],
    told: /create under the name of another broker's resource succeeded, .*\n.*destroy of another broker's resource succeeded/s
  },
  'calls a box broken that is not ready yet': {
    scene: 'observe at every step',
    at: ['example.ts', ": { state: 'pending', handle: seen, note", ": { state: 'broken', handle: seen, note"],
    told: /observe says "broken" after a step of create\n.*observe from the first handle says "broken" after a step of create/s
  },
  'calls a box broken that it has just asked to change': {
    scene: 'observe at every step',
    at: [
      'example.ts',
      '  // Never `broken`',
      "  if (box.state === 'changing') return { state: 'broken', handle: seen, note: '' }\n  // Never `broken`"
    ],
    told: /^observe says "broken" after a step of update/
  },
  'calls a box broken that is not listed yet': {
    scene: 'observe at every step',
    at: [
      'example.ts',
      "if (!box) return { state: 'gone' }\n  const seen",
      "if (!box) return { state: 'broken', handle, note: '' }\n  const seen"
    ],
    told: /^observe says "broken" after a step of create/
  },
  'is content with any answer to its ping': {
    scene: 'ping',
    at: ['client.ts', "await send(call, 'GET', '/me')", "await send(call, 'GET', '/me').catch(() => {})"],
    told: /ping \(unavailable\) succeeded, .*\n.*ping \(denied\) succeeded, .*\n.*ping \(wrong key\) succeeded, /s
  },
  'pings without a word to anybody': {
    scene: 'ping',
    at: ['index.ts', '(call) => client.ping(call)', 'async () => {}'],
    told: /^ping asks nobody/
  },
  'unbinds only what it has a grant of': {
    scene: 'unbind without a grant',
    at: [
      'example.ts',
      'async unbind(handle, login, _grant, call) {',
      'async unbind(handle, login, grant, call) {\n      if (!grant) return'
    ],
    told: /^a bind that is given up, no fault: after unbind without a grant the credentials still log in/
  },
  'makes a box without its title': {
    scene: 'parameters at create',
    at: ['example.ts', 'wanted(order), order.mark', "{ ...wanted(order), title: '' }, order.mark"],
    told: /^create did not make all that was asked for: an update to the same title, .* changed the resource/
  },
  'has nothing in its list that could be taken over': {
    scene: 'adopt',
    at: [
      'example.ts',
      'handle: { v: 1, name, mark: { ...mark }, id } }',
      'handle: { v: 1, name, mark: {}, id } }'
    ],
    told: /^the adoption failed in observe: ProviderFailure: a handle without a mark/
  },
  'takes every size for the one of a plan': {
    scene: 'differences',
    at: ['example.ts', 'box && box.size !== size ?', 'box && box.size === "" ?'],
    told: /^differences names nothing for the plan {"size":"large"}\ndifferences from the handle of list names nothing/
  },
  'makes every box in one region': {
    scene: 'two regions',
    at: ['example.ts', 'order.name, order.region', "order.name, 'here'"],
    told: /^what was ordered in "there" stands in "here"/
  }
}

/** Scenes that a box has nothing for. */
const SKIPPED: Readonly<Record<string, RegExp>> = {
  'adopt unmarked': /skipped +the driver has no adopt/,
  'prepare and release twice': /skipped +the family prepares/,
  'sessions end at unbind': /skipped +the harness has no openSession/
}

describe('An adapter made in an empty folder outside the repository', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk
  let acme: string
  let untouched: string

  before(async () => {
    at = desk()
    acme = join(at.folder, 'acme')
    // The build is none of the adapter's doing.
    await at.run(['version'])
    untouched = await repository()
    expect((await at.run(['adapter', 'new', 'acme'])).code).to.equal(0)
  })
  after(() => at.remove())

  it('passes the kit unchanged, compiled and run without an install', async () => {
    const { code, out, err } = await at.run(['adapter', 'test', 'acme'])
    expect([code, err], out).to.deep.equal([0, ''])
    for (const scene of SCENES) {
      const told = out.split('\n').find((line) => line.startsWith(`  ${scene} `))
      expect(told, scene).to.match(SKIPPED[scene] ?? /passed +\d/)
    }
    for (const whole of ['folder', 'types', 'imports', 'catalog'])
      expect(out).to.match(new RegExp(`${whole} +passed`))
    expect(out.trimEnd().split('\n').at(-1)).to.match(/^\d+ passed, 0 failed, 3 skipped$/)
    expect(readdirSync(acme)).to.not.include('node_modules')
  })

  it('has touched no file of the repository', async () => {
    expect(await repository()).to.equal(untouched)
  })

  it('is found wrong when it is, with exit code 1', async () => {
    const bad = join(at.folder, 'bad')
    cpSync(acme, bad, { recursive: true })
    rewrite(join(bad, 'example.ts'), (text) =>
      text.replace('!isSameMark(box.mark, place.mark)', 'box.id === ""')
    )
    const { code, out } = await at.run([
      'adapter',
      'test',
      bad,
      '--only',
      'foreign resource refused',
      '--json'
    ])
    expect(code, out).to.equal(1)
    const { scenes, failed } = JSON.parse(out)
    expect([scenes.length, failed]).to.deep.equal([1, 1])
    expect(scenes[0].why).to.match(/create under a taken name succeeded, not with "conflict"/)
    expect(scenes[0].why).to.match(/\nthe rule: what stands under our name without our mark is a `conflict`/)
  })

  for (const [mistake, { scene, at: place, told }] of Object.entries(MISTAKES)) {
    it(`is found wrong when it ${mistake}`, async () => {
      const [file, from, to] = place
      const copy = mkdtempSync(join(at.folder, 'wrong-'))
      cpSync(acme, copy, { recursive: true })
      rewrite(join(copy, file), (text) => text.replace(from, to))
      const [enrolment] = await enrolmentsOf(copy, new Map([['example', family]]))
      if (!enrolment) throw new Error('it enrols nothing')
      const problems = await playScene(enrolment.open, scene)
      expect(Array.isArray(problems) ? problems.join('\n') : problems).to.match(told)
    })
  }

  it('is found wrong when it stops at the first page', async () => {
    const short = join(at.folder, 'short')
    cpSync(acme, short, { recursive: true })
    rewrite(join(short, 'client.ts'), (text) => text.replace('if (found.length === 0) return', 'return'))
    const { code, out } = await at.run(['adapter', 'test', short, '--only', 'list of many pages'])
    expect(code, out).to.equal(1)
    expect(out).to.match(/list leaves out p[a-z2-7]{20} in here, marked /)
  })

  it('is not made twice, nor under a name of ours, nor anywhere else', async () => {
    for (const [name, told] of [
      ['acme', /is already there/],
      ['scaleway', /scaleway is an adapter of this program/],
      ['../acme2', /a name has a-z/]
    ] as const) {
      const { code, err } = await at.run(['adapter', 'new', name])
      expect(code, name).to.equal(2)
      expect(err).to.match(told)
    }
  })

  it('may import no more than types of ours, and reaches the world through call only', () => {
    const copy = join(at.folder, 'copy')
    cpSync(acme, copy, { recursive: true })
    const faults = (): readonly string[] =>
      ['client.ts', 'conformance.ts'].flatMap((file) => breaches(copy, file))
    expect(faults()).to.deep.equal([])
    for (const file of ['client.ts', 'conformance.ts']) {
      rewrite(
        join(copy, file),
        (text) => `import 'node:fs'\nfetch('')\n${text.replace('import type {', 'import {')}`
      )
    }
    expect(faults()).to.deep.equal([
      'client.ts imports more than types of portolan: write `import type { … }`',
      'client.ts imports node:fs',
      'client.ts reaches for fetch( instead of call.http',
      'conformance.ts imports more than types of portolan: write `import type { … }`'
    ])
    rmSync(copy, { recursive: true })
  })

  it('keeps nothing in memory, and makes nothing up', () => {
    const copy = join(at.folder, 'keeps')
    cpSync(acme, copy, { recursive: true })
    rewrite(
      join(copy, 'client.ts'),
      (text) =>
        `${text}\nconst seen = new Map<string, string>()\nlet last = new Date()\nlast = new Date(Math.random())\n`
    )
    expect(breaches(copy, 'client.ts')).to.deep.equal([
      'client.ts reaches for new Date() instead of call.now',
      'client.ts reaches for Math.random instead of order.name and order.secret(label)',
      'client.ts keeps seen in memory: what the next step needs goes into the handle',
      'client.ts keeps last in memory: what the next step needs goes into the handle'
    ])
    rmSync(copy, { recursive: true })
  })

  it('says what it serves, and enrols that', () => {
    expect(serviceFaults(acme, ['example'])).to.deep.equal([])
    expect(serviceFaults(acme, ['redis'])).to.deep.equal([
      'adapter.yaml names the service example, and conformance.ts enrols no driver of it',
      'conformance.ts enrols a driver of redis, which adapter.yaml does not name as a service'
    ])
  })

  describe('beside portolan.yaml', () => {
    const instance = randomUUID()
    const binding = randomUUID()
    let fake: Fake
    let client: OsbClient
    let ids: JsonObject

    before(async () => {
      const data = dataFolder()
      cpSync(acme, join(data, 'acme'), { recursive: true })
      const { startFake }: { startFake: () => Promise<Fake> } = await import(
        pathToFileURL(join(data, 'acme/fake/provider.ts')).href
      )
      fake = await startFake()
      const acmeSettings = { adapter: './acme', network: 'private', ...fake.settings }
      const settings = { catalog: ['default', './acme/catalog'], providers: { acme: acmeSettings } }
      client = osbClient((await startedBroker({ data, settings })).url, loginIn(data))
    })
    after(async () => {
      await removeBrokers()
      await fake?.stop()
    })

    it('sells what its catalog says', async () => {
      const { body } = await client.send({ method: 'GET', path: '/v2/catalog' })
      const [service, ...others] = body['services'] as unknown as {
        id: string
        name: string
        plans: Plan[]
      }[]
      expect([service?.name, others.length]).to.deep.equal(['example', 0])
      expect(service?.plans.map(({ name }) => name)).to.deep.equal(['acme-small', 'acme-large'])
      ids = { service_id: service?.id ?? '', plan_id: service?.plans[0]?.id ?? '' }
    })

    it('makes, binds and removes', async function () {
      this.timeout(60_000)
      const query = new URLSearchParams(ids as Record<string, string>).toString()
      const path = `/v2/service_instances/${instance}`
      const place = { organization_guid: randomUUID(), space_guid: randomUUID() }
      const body = { ...ids, ...place, parameters: { title: 'one' } }
      await ended(await client.send({ method: 'PUT', path: `${path}?accepts_incomplete=true`, body }), path)
      expect(fake.boxes().map(({ title }) => title)).to.deep.equal(['one'])
      const bound = await client.send({
        method: 'PUT',
        path: `${path}/service_bindings/${binding}?accepts_incomplete=true`,
        body: ids
      })
      await ended(bound, `${path}/service_bindings/${binding}`)
      const { body: shown } = await client.send({
        method: 'GET',
        path: `${path}/service_bindings/${binding}`
      })
      const credentials = shown['credentials'] as JsonObject
      const [box] = fake.boxes()
      expect(box?.logins.get(String(credentials['username']))?.password).to.equal(credentials['password'])
      for (const each of [`${path}/service_bindings/${binding}`, path]) {
        const removed = await client.send({
          method: 'DELETE',
          path: `${each}?accepts_incomplete=true&${query}`
        })
        await ended(removed, each)
      }
      expect(fake.boxes()).to.deep.equal([])
    })

    /** The provider's time goes on with every look. */
    async function ended({ status }: { status: number }, path: string): Promise<void> {
      if (status !== 202) {
        expect(status).to.be.oneOf([200, 201])
        return
      }
      for (;;) {
        fake.advance(60)
        const answer = await client.send({ method: 'GET', path: `${path}/last_operation` })
        if (answer.body['state'] === 'succeeded' || answer.status === 410) return
        expect(answer.body['state'], answer.text).to.equal('in progress')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  })

  async function repository(): Promise<string> {
    const { sourceFingerprint } = await import(pathToFileURL(join(root, 'src/boot/fingerprint.mjs')).href)
    const catalog = readdirSync(join(root, 'catalog'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => [file, readFileSync(join(root, 'catalog', file), 'utf8')])
    return JSON.stringify([sourceFingerprint(root), catalog])
  }
})

describe('The table of scenes and drivers', () => {
  const row = (driver: string, scene: string, result: Row['result'], why?: string): Row => ({
    driver,
    scene,
    result,
    seconds: 1,
    ...(why === undefined ? {} : { why })
  })

  it('has every scene that was played once, in the order of the kit, with each reason below once', () => {
    const rows = [
      row('a/x', 'update', 'passed'),
      row('a/x', 'quota', 'skipped', 'there are no quotas'),
      row('b/y', 'quota', 'skipped', 'there are no quotas'),
      row('b/y', 'list', 'failed', 'it lists\nnothing')
    ]
    expect(matrix(rows).split('\n')).to.deep.equal([
      '| scene  | a/x         | b/y         |',
      '|--------|-------------|-------------|',
      '| quota  | skipped (1) | skipped (1) |',
      '| update | passed      |             |',
      '| list   |             | failed (2)  |',
      '',
      '1. there are no quotas',
      '2. it lists nothing',
      '',
      '1 passed, 1 failed, 2 skipped'
    ])
  })

  it('is not begun for a scene or an adapter that is not there', async () => {
    expect(await main(['--only', 'no such scene'])).to.equal(2)
    expect(await main(['no-such-adapter'])).to.equal(2)
  })
})

interface Plan {
  readonly id: string
  readonly name: string
}

/** What this test needs of the fake in the template. */
interface Fake {
  readonly settings: { readonly apiKey: string; readonly apiUrl: string }
  boxes(): readonly {
    readonly title: string
    readonly logins: ReadonlyMap<string, { readonly password: string }>
  }[]
  advance(seconds: number): void
  stop(): Promise<void>
}

function rewrite(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  expect(changed).to.not.equal(text)
  writeFileSync(file, changed)
}
