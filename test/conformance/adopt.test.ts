import { expect } from 'chai'
import type { Box, Boxes } from '../../adapters/memory/example.ts'
import type { Driver, Handle, Mark, Order, Sighting } from '../../src/contract/adapter.ts'
import { differing } from '../../src/contract/differences.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import { textAt } from '../../src/contract/read.ts'
import { family } from '../../src/families/redis/index.ts'
import { redisServer } from '../support/redis-server.ts'
import { redisDriverOf, serverSettings } from '../support/redis-tenant.ts'
import { APPLICATIONS } from './application.ts'
import { playScene } from './driver.ts'
import type { Harness, Scene } from './harness.ts'
import { memory, type Spoil } from './memory-harness.ts'
import { paperDriver } from './paper-driver.ts'
import { paper } from './paper-harness.ts'
import { realPorts } from './ports.ts'

/** What is wrong with a driver that takes over, and what is said of it. */
interface Mistake {
  readonly scene: Scene
  readonly spoil: Spoil
  readonly told: RegExp
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'makes another one beside it': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const sighting = await adoptBy(right, order, soFar, call)
        const box = boxes.get(order.name)
        if (soFar && box) boxes.set(`${order.name}-2`, { ...box })
        return sighting
      }
    }),
    told: /^after adopt 2 resources stand, not 1/
  },
  'takes what has its name, whoever made it': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const box = boxes.get(order.name)
        if (!soFar && box) boxes.set(order.name, { ...box, mark: order.mark })
        return adoptBy(right, order, soFar, call)
      }
    }),
    told: /^adopt of another broker's resource by its name succeeded, .*\nwhat stands before and after a refused adopt differs/s
  },
  'refuses what is not its own, and has changed it by then': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const box = boxes.get(order.name)
        if (box) box.parameters = { title: order.mark.broker }
        return adoptBy(right, order, soFar, call)
      }
    }),
    told: /^what stands before and after a refused adopt differs/
  },
  'takes by its handle what carries another mark': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const box = soFar && boxes.get(textAt(soFar, 'box'))
        return box
          ? { state: 'ready', handle: handleOf(order.name, box) }
          : adoptBy(right, order, soFar, call)
      }
    }),
    told: /^adopt of another broker's resource succeeded, not with "conflict"$/
  },
  'makes what is not there': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const { name, mark, region, plan, parameters } = order
        if (!boxes.has(name))
          boxes.set(name, { mark, region, plan, parameters, ready: true, logins: new Map() })
        return adoptBy(right, order, soFar, call)
      }
    }),
    told: /^adopt of a name that is not there succeeded, .*\nafter adopt of a name that is not there 1 resources stand/
  },
  'believes its handle': {
    scene: 'adopt',
    spoil: (right) => ({
      ...right,
      adopt: async (order, soFar, call) =>
        soFar ? { state: 'ready', handle: soFar } : adoptBy(right, order, soFar, call)
    }),
    told: /^adopt of another broker's resource succeeded, .*\nadopt of what is gone succeeded, not with "not-found"$/
  },
  'changes something each time': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const sighting = await adoptBy(right, order, soFar, call)
        const box = boxes.get(order.name)
        if (box && soFar) box.parameters = { title: `${String(box.parameters['title'])} again` }
        return sighting
      }
    }),
    told: /^what stands, adopted once and twice, differs/
  },
  'takes nothing a second time': {
    scene: 'adopt',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const box = boxes.get(order.name)
        if (box && 'taken' in box.plan) throw new ProviderFailure('conflict', 'it is taken')
        const sighting = await adoptBy(right, order, soFar, call)
        if (box && sighting.state === 'ready') box.plan = { ...box.plan, taken: true }
        return sighting
      }
    }),
    told: /^a second adoption failed in adopt: ProviderFailure: it is taken/
  },
  'forgets where it is': {
    scene: 'adopt',
    spoil: (right) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const sighting = await adoptBy(right, order, soFar, call)
        return sighting.state === 'ready'
          ? { state: 'ready', handle: { ...sighting.handle, v: 1, box: 'elsewhere' } }
          : sighting
      }
    }),
    told: /^the life of what was adopted failed in (bind|access): ProviderFailure: The box is gone/
  },
  'lets nobody in who is bound afterwards': {
    scene: 'adopt',
    spoil: (right) => ({
      ...right,
      adopt: async (order, soFar, call) => adopted(await adoptBy(right, order, soFar, call)),
      bind: async (handle, login, parameters, soFar, call) => {
        const password = 'adopted' in handle ? 'unknown' : login.password
        return right.bind?.(handle, { ...login, password }, parameters, soFar, call) ?? never()
      }
    }),
    told: /^after adopt a binding does not log in$/
  },
  'does not destroy what it took': {
    scene: 'adopt',
    spoil: (right) => ({
      ...right,
      adopt: async (order, soFar, call) => adopted(await adoptBy(right, order, soFar, call)),
      destroy: async (handle, call) => ('adopted' in handle ? { state: 'gone' } : right.destroy(handle, call))
    }),
    told: /^after destroy of what was adopted 1 resources stand, not 0/
  },
  'lists what it cannot take': {
    scene: 'adopt',
    spoil: (right, boxes) => ({ ...right, list: (broker) => listed(boxes, broker, '') }),
    told: /^the adoption failed in observe: ProviderFailure: A box of that name belongs to somebody else/
  },
  'lists nothing after a start': {
    scene: 'adopt',
    spoil: (right) => ({ ...right, list: async function* () {} }),
    told: /^list leaves out what was made$/
  },
  'takes over nothing, and lists what it cannot observe': {
    scene: 'adopt',
    spoil: ({ adopt: _adopt, ...right }, boxes) => ({
      ...right,
      list: (broker) => listed(boxes, broker, '')
    }),
    told: /^the adoption failed in observe: /
  },
  'calls broken what its list tells': {
    scene: 'adopt',
    spoil: (right) => ({
      ...right,
      observe: async (handle) => ({ state: 'broken', handle, note: 'unknown' })
    }),
    told: /^observe of what list tells says "broken"$/
  },
  'marks what it only looks for': {
    scene: 'adopt unmarked',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        markNobodys(boxes, order)
        return adoptBy(right, order, soFar, call)
      }
    }),
    told: /^what stands before and after adopt without a handle differs/
  },
  'takes over without a look': {
    scene: 'adopt unmarked',
    spoil: (right) => ({
      ...right,
      adopt: async (order, soFar, call) => {
        const sighting = await adoptBy(right, order, soFar, call)
        return sighting.state === 'pending' ? adoptBy(right, order, sighting.handle, call) : sighting
      }
    }),
    told: /^adopt without a handle returns "ready", not "pending"\n.* without a handle differs/
  },
  'leaves unmarked what it takes': {
    scene: 'adopt unmarked',
    spoil: (right, boxes) => ({
      ...right,
      adopt: async (order, soFar, call) =>
        soFar && boxes.get(order.name)?.mark === NOBODY
          ? { state: 'ready', handle: handleOf(order.name, { mark: NOBODY }) }
          : adoptBy(right, order, soFar, call)
    }),
    told: /^list does not tell what was adopted by the mark that it got$/
  },
  'calls its own plan another one': {
    scene: 'adopt',
    spoil: (right) => ({ ...right, differences: async () => ['the size is unknown'] }),
    told: /^the adoption failed in adopt: ProviderFailure: It is not what the plan of the order says: the size is unknown/m
  },
  'finds differences in what it has just made': {
    scene: 'differences',
    spoil: (right) => ({ ...right, differences: async () => ['the size is unknown'] }),
    told: /^differences from its own plan: the size is unknown\ndifferences from the handle of list from its own plan/
  },
  'finds no differences': {
    scene: 'differences',
    spoil: (right) => ({ ...right, differences: async () => [] }),
    told: /^differences names nothing for the plan \{"steps":2,.*\ndifferences from the handle of list names nothing for/
  },
  'finds differences by what only create puts into a handle': {
    scene: 'differences',
    spoil: (right) => ({
      ...right,
      create: async (order, soFar, call) => {
        const sighting = await right.create(order, soFar, call)
        return sighting.state === 'ready' ? adopted(sighting) : sighting
      },
      differences: async (handle, plan, call) =>
        'adopted' in handle ? ((await right.differences?.(handle, plan, call)) ?? []) : []
    }),
    told: /^differences from the handle of list names nothing for the plan \{"steps":2,/
  },
  'changes what it compares': {
    scene: 'differences',
    spoil: (right, boxes) => ({
      ...right,
      differences: async (handle, plan, call) => {
        const told = (await right.differences?.(handle, plan, call)) ?? []
        for (const box of boxes.values()) box.plan = plan
        return told
      }
    }),
    told: /what stands before and after differences differs/
  },
  'neither names nor makes what another plan says': {
    scene: 'differences',
    spoil: (right) => ({ ...right, adopt: (order, soFar, call) => take(right, order, soFar, call) }),
    told: /^adopt does not make what the plan \{"steps":1,"destroySteps":2\} says, and differences does not name it$/
  },
  'has no differences, and makes nothing of another plan': {
    scene: 'differences',
    spoil: ({ differences: _differences, ...right }) => ({
      ...right,
      adopt: (order, soFar, call) => take(right, order, soFar, call)
    }),
    told: /^adopt does not make what the plan \{"steps":1,"destroySteps":2\} says, and differences does not name it$/
  },
  'tells a secret as a difference': {
    scene: 'differences',
    spoil: (right, boxes) => ({
      ...right,
      differences: async (handle, plan, call) => {
        const told = (await right.differences?.(handle, plan, call)) ?? []
        const secret = boxes.get(textAt(handle, 'box'))?.parameters['passphrase']
        return told.length === 0 ? [] : [...told, String(secret)]
      }
    }),
    told: /^differences tells a secret$/
  }
}

describe('the conformance kit, of what is taken over', function () {
  this.timeout(60_000)

  for (const scene of ['adopt', 'adopt unmarked', 'differences'] as const) {
    it(`finds nothing wrong with a driver that takes over: ${scene}`, async () => {
      expect(await problemsOf(boxHarness(), scene)).to.equal('')
    })
  }

  it('finds nothing wrong with a driver that takes over only what its list tells: adopt', async () => {
    expect(
      await problemsOf(
        boxHarness(({ adopt: _adopt, ...right }) => right),
        'adopt'
      )
    ).to.equal('')
  })

  for (const [mistake, { scene, spoil, told }] of Object.entries(MISTAKES)) {
    it(`finds a driver that ${mistake}: ${scene}`, async () => {
      expect(await problemsOf(boxHarness(spoil), scene)).to.match(told)
    })
  }

  it('skips them for a driver that has nothing for them, and says so', async () => {
    const lessened: Spoil = ({ adopt: _adopt, list: _list, differences: _differences, ...right }) => right
    expect(await problemsOf(boxHarness(lessened), 'adopt')).to.equal('skipped: the driver has no list')
    expect(await problemsOf(boxHarness(lessened), 'adopt unmarked')).to.equal(
      'skipped: the driver has no adopt'
    )
    expect(await problemsOf(boxHarness(lessened), 'differences')).to.equal(
      'skipped: the driver has no differences, and adopts what stands as it is'
    )
  })

  it('plays them for a harness of earlier, which names no other plan', async () => {
    const { stage: _, plantUnmarked: _plantUnmarked, ...earlier } = boxHarness()
    expect(await problemsOf(earlier, 'adopt unmarked')).to.equal('skipped: the harness has no plantUnmarked')
    for (const scene of ['adopt', 'differences'] as const)
      expect(await problemsOf(earlier, scene)).to.equal('')
  })

  for (const method of ['adopt', 'differences'] as const) {
    it(`finds a driver whose ${method} takes a failed look for an answer: unavailable`, async () => {
      const harness = paper()
      const look = async (handle: Handle, call: Call): Promise<boolean> => {
        const url = new URL(`http://paper.example/sheets?name=${textAt(handle, 'name')}`)
        return call.http.send({ method: 'GET', url }).then(
          ({ status }) => status === 200,
          () => false
        )
      }
      const openDriver = (): Driver => ({
        ...paperDriver(),
        ...(method === 'differences' && {
          differences: async (handle, _plan, call) => ((await look(handle, call)) ? [] : ['it is not there'])
        }),
        ...(method === 'adopt' && {
          adopt: async (_order, soFar, call) =>
            soFar && (await look(soFar, call)) ? { state: 'ready', handle: soFar } : { state: 'gone' }
        })
      })
      expect(await problemsOf({ ...harness, openDriver }, 'unavailable')).to.equal(
        `${method} (unavailable) succeeded, not with "unavailable" or "throttled"`
      )
    })
  }

  describe('before a real Redis', () => {
    it('finds nothing wrong with a driver that leaves what is in it: adopt', async () => {
      expect(await problemsOf(await keys(), 'adopt')).to.equal('')
    })

    it('finds a driver that takes it over empty: adopt', async () => {
      const server = await redisServer('adopted')
      const spoil = (right: Driver): Driver => ({
        ...right,
        adopt: async (order, soFar, call) => {
          await server.ask('FLUSHALL')
          return adoptBy(right, order, soFar, call)
        }
      })
      expect(await problemsOf(await keys(spoil), 'adopt')).to.match(
        /^after adopt what was written is not there: [0-9a-f]{12}$/
      )
    })
  })
})

/** The mark of what nobody marked. */
const NOBODY: Mark = { broker: '', resource: '', generation: 0 }

/** Boxes, and a driver that takes over what nobody else has: the steps of a plan are the provider's, those of its end are ours to set. */
function boxHarness(spoil: Spoil = (right) => right): Harness {
  const all: Boxes = new Map()
  return {
    ...memory((right, boxes) => spoil(taking(right, boxes), boxes), all),
    plantUnmarked: async (name) => {
      const plan = { steps: 1, destroySteps: 1 }
      all.set(name, { mark: NOBODY, region: 'here', plan, parameters: {}, ready: true, logins: new Map() })
    },
    stage: async (scene) => {
      if (scene === 'differences') return { plan: { steps: 2, destroySteps: 1 } }
      return scene === 'update' ? { plan: { steps: 1, destroySteps: 2 } } : undefined
    }
  }
}

function taking(right: Driver, all: Boxes): Driver {
  return {
    ...right,
    async adopt(order, soFar, call) {
      if (soFar) markNobodys(all, order)
      else if (all.get(order.name)?.mark === NOBODY) return chosen(order)
      const sighting = await take(right, order, soFar, call)
      const box = all.get(order.name)
      if (sighting.state === 'ready' && box) box.plan = order.plan
      return sighting
    },
    async differences(handle, plan) {
      const box = all.get(textAt(handle, 'box'))
      return box ? differing([['number of steps', Number(box.plan['steps']), Number(plan['steps'])]]) : []
    }
  }
}

/** As it stands. */
async function take(right: Driver, order: Order, soFar: Handle | undefined, call: Call): Promise<Sighting> {
  const { name, mark } = order
  const sighting = await right.observe(soFar ?? handleOf(name, { mark }), call)
  if (soFar) return sighting
  if (sighting.state === 'gone') throw new ProviderFailure('invalid', `there is no box ${name}`)
  return chosen(order)
}

function chosen({ name, mark }: Order): Sighting {
  return { state: 'pending', handle: handleOf(name, { mark }), lookAgainInSeconds: 0 }
}

function markNobodys(all: Boxes, { name, mark }: Order): void {
  const box = all.get(name)
  if (box?.mark === NOBODY) all.set(name, { ...box, mark })
}

function adoptBy(right: Driver, order: Order, soFar: Handle | undefined, call: Call): Promise<Sighting> {
  return right.adopt?.(order, soFar, call) ?? never()
}

function adopted(sighting: Sighting): Sighting {
  return sighting.state === 'ready'
    ? { state: 'ready', handle: { ...sighting.handle, v: 1, adopted: true } }
    : sighting
}

function handleOf(name: string, { mark }: Pick<Box, 'mark'>): Handle {
  return { v: 1, box: name, mark: `${mark.broker}/${mark.resource}/${mark.generation}` }
}

async function* listed(all: Boxes, broker: string, mark: string) {
  for (const [name, box] of all)
    if (box.mark.broker === broker)
      yield { mark: box.mark, name, region: box.region, handle: { ...handleOf(name, box), mark } }
}

/** One server as a whole, whose owner sees the keys of its applications. */
async function keys(spoil: (right: Driver) => Driver = (right) => right): Promise<Harness> {
  const server = await redisServer('adopted')
  const settings = { servers: [serverSettings(server, { name: 'main', region: 'here' })] }
  const users = async (): Promise<readonly string[]> => [await server.ask('ACL', 'USERS')].flat().map(String)
  return {
    openDriver: () => spoil(redisDriverOf(settings)),
    family,
    order: { region: 'here', plan: {}, parameters: {} },
    dedicated: true,
    call: (context) => ({ ...context, ...realPorts(context.signal) }),
    resources: async () => (await users()).filter((name) => name === 'portolan-holder'),
    logins: async () => (await users()).filter((name) => /^b[a-z2-7]{20}$/.test(name)),
    tryLogin: APPLICATIONS.redis.reads,
    tryWrite: APPLICATIONS.redis.writes
  }
}

async function problemsOf(harness: Harness, scene: Scene): Promise<string> {
  const problems = await playScene(async () => harness, scene)
  return 'cannot' in problems ? `skipped: ${problems.cannot}` : problems.join('\n')
}

function never(): never {
  throw new Error('memory adopts and binds')
}
