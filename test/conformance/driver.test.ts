import { expect } from 'chai'
import { textAt } from '../../src/contract/read.ts'
import { playScene } from './driver.ts'
import { type Harness, SCENES, type Scene } from './harness.ts'
import { memory, type Spoil } from './memory-harness.ts'
import { MISTAKES, type Mistake } from './paper-driver.ts'
import { paper } from './paper-harness.ts'

/** Which scenes must find which mistake. Others may find it too. */
const FOUND_BY: Readonly<Record<Mistake, readonly Scene[]>> = {
  'makes without looking first': ['repeat create', 'lost answers', 'crash between steps', 'faults in create'],
  'takes whatever has its name': ['foreign resource refused'],
  'takes a failed look for absence': ['unavailable', 'denied', 'faults in create'],
  'forgets Retry-After': ['throttled'],
  'calls a gateway error invalid': ['unavailable', 'faults in create', 'faults in bind', 'faults in destroy'],
  'stops destroying at a lost answer': ['faults in destroy'],
  'invents a password for each attempt': ['bind and unbind twice', 'faults in bind'],
  'tells the password in a note': ['bind and unbind twice', 'faults in bind'],
  'unbinds without deleting': ['bind and unbind twice', 'two bindings', 'faults in unbind'],
  'unbinds by its grant only': ['unbind without a grant'],
  'destroys without reading the mark': ['destroy refuses another mark'],
  'reads a mark without its broker': ['another broker refused'],
  'swallows a failed ping': ['ping'],
  'tries again by itself for ever': ['abort', 'faults in create'],
  'tries again by itself once': ['abort']
}

/** Scenes that the paper provider has nothing for. */
const UNPLAYED: readonly Scene[] = [
  'quota',
  'broken',
  'update',
  'list',
  'adopt',
  'adopt unmarked',
  'differences',
  'sessions end at unbind',
  'two regions',
  'faults in failed create',
  'faults in update'
]

describe('the conformance kit', function () {
  this.timeout(60_000)

  for (const scene of SCENES.filter((one) => !UNPLAYED.includes(one))) {
    it(`finds nothing wrong with a driver that is right: ${scene}`, async () => {
      expect(await problemsOf(paper(), scene)).to.deep.equal([])
    })
  }

  for (const mistake of MISTAKES) {
    for (const scene of FOUND_BY[mistake]) {
      it(`finds a driver that ${mistake}: ${scene}`, async () => {
        expect(await problemsOf(paper(mistake), scene)).not.to.deep.equal([])
      })
    }
  }

  for (const scene of new Set(Object.values(spoiledMemory()).flatMap(({ found }) => found))) {
    it(`finds nothing wrong with a driver in memory that is right: ${scene}`, async () => {
      expect(
        await problemsOf(
          memory((right) => right),
          scene
        )
      ).to.deep.equal([])
    })
  }

  for (const [mistake, { spoil, found }] of Object.entries(spoiledMemory())) {
    for (const scene of found) {
      it(`finds a driver in memory that ${mistake}: ${scene}`, async () => {
        expect(await problemsOf(memory(spoil), scene)).not.to.deep.equal([])
      })
    }
  }

  it('calls a missing part of the harness a mistake of the enrolment, not a skip', async () => {
    const { remark: _, ...rest } = paper()
    expect(await problemsOf(rest, 'destroy refuses another mark')).to.have.length(1)
  })

  it('skips a scene whose part a harness of earlier does not have, and says which', async () => {
    const { ping: _, ...rest } = paper()
    const reasons = await Promise.all(
      (['ping', 'two regions', 'sessions end at unbind'] as const).map((scene) =>
        playScene(async () => rest, scene)
      )
    )
    expect(reasons).to.deep.equal(
      ['ping', 'regionOf', 'openSession'].map((part) => ({ cannot: `the harness has no ${part}` }))
    )
  })

  it('takes no region twice for two regions', async () => {
    const harness = { ...memory((right) => right), stage: async () => undefined }
    expect((await problemsOf(harness, 'two regions'))[0]).to.match(/names no other region than "here"/)
  })

  it('says in which step a scene failed', async () => {
    const [first] = await problemsOf(paper('calls a gateway error invalid'), 'faults in destroy')
    expect(first).to.match(/: the operation failed in destroy: ProviderFailure: no JSON$/)
  })

  it('says which call was broken, and how', async () => {
    const [first] = await problemsOf(paper('makes without looking first'), 'faults in create')
    expect(first).to.match(/^create, (error|time-out|death) (before|after) at call \d+ of \d+ \(.+\): /)
  })
})

async function problemsOf(harness: Harness, scene: Scene): Promise<readonly string[]> {
  const problems = await playScene(async () => harness, scene)
  return 'cannot' in problems ? [] : problems
}

interface Spoiled {
  readonly spoil: Spoil
  readonly found: readonly Scene[]
}

/** The driver of `memory`, wrong in one point. */
function spoiledMemory(): Readonly<Record<string, Spoiled>> {
  let made = 0
  return {
    'makes two on repeat': {
      spoil: (right, boxes) => ({
        ...right,
        create: async (order, soFar, call) => {
          const sighting = await right.create(order, soFar, call)
          const box = boxes.get(order.name)
          if (soFar && box) boxes.set(`${order.name}-${made++}`, box)
          return sighting
        }
      }),
      found: ['becomes ready', 'repeat create', 'faults in create']
    },
    'forgets what it reached': {
      spoil: (right) => ({
        ...right,
        create: async (order, _soFar, call) => right.create(order, undefined, call)
      }),
      found: ['becomes ready']
    },
    'leaks on destroy': {
      spoil: (right) => ({ ...right, destroy: async () => ({ state: 'gone' }) }),
      found: ['becomes ready', 'destroy twice', 'destroy from every handle', 'faults in destroy']
    },
    'leaks when destroyed from its first handle': {
      spoil: (right) => ({
        ...right,
        destroy: async (handle, call) => ('step' in handle ? { state: 'gone' } : right.destroy(handle, call))
      }),
      found: ['destroy from every handle']
    },
    'makes a new password for each attempt': {
      spoil: (right) => ({
        ...right,
        bind: async (handle, login, parameters, soFar, call) =>
          right.bind?.(handle, { ...login, password: `fresh-${made++}` }, parameters, soFar, call) ?? never()
      }),
      found: ['bind and unbind twice', 'faults in bind']
    },
    'adopts what is foreign': {
      spoil: (right, boxes) => ({
        ...right,
        create: async (order, soFar, call) => {
          const box = boxes.get(order.name)
          if (box) boxes.set(order.name, { ...box, mark: order.mark })
          return right.create(order, soFar, call)
        }
      }),
      found: ['foreign resource refused']
    },
    'takes what another broker made': {
      spoil: (right, boxes) => ({
        ...right,
        create: async (order, soFar, call) => {
          const box = boxes.get(order.name)
          if (box?.mark.resource === order.mark.resource) boxes.set(order.name, { ...box, mark: order.mark })
          return right.create(order, soFar, call)
        }
      }),
      found: ['another broker refused']
    },
    'destroys what another broker made': {
      spoil: (right, boxes) => ({
        ...right,
        destroy: async (handle, call) => {
          const box = boxes.get(textAt(handle, 'box'))
          const [, resource] = textAt(handle, 'mark').split('/')
          if (box?.mark.resource !== resource) return right.destroy(handle, call)
          boxes.delete(textAt(handle, 'box'))
          return { state: 'gone' }
        }
      }),
      found: ['another broker refused']
    },
    'calls broken what is being made': {
      spoil: (right, boxes) => ({
        ...right,
        observe: async (handle, call) =>
          boxes.get(textAt(handle, 'box'))?.ready === false
            ? { state: 'broken', handle, note: 'not ready' }
            : right.observe(handle, call)
      }),
      found: ['observe at every step']
    },
    'calls broken what is being removed': {
      spoil: (right) => ({
        ...right,
        observe: async (handle, call) =>
          'destroyed' in handle ? { state: 'broken', handle, note: 'not ready' } : right.observe(handle, call)
      }),
      found: ['observe at every step']
    },
    'calls gone what is being changed': {
      spoil: (right, boxes) => ({
        ...right,
        observe: async (handle, call) =>
          boxes.get(textAt(handle, 'box'))?.parameters['title'] === 'two'
            ? { state: 'gone' }
            : right.observe(handle, call)
      }),
      found: ['observe at every step']
    },
    'makes everything in one region': {
      spoil: (right) => ({
        ...right,
        create: async (order, soFar, call) => right.create({ ...order, region: 'here' }, soFar, call)
      }),
      found: ['two regions']
    },
    'opens every box to a login': {
      spoil: (right, boxes) => ({
        ...right,
        bind: async (handle, login, parameters, soFar, call) => {
          const bound = (await right.bind?.(handle, login, parameters, soFar, call)) ?? never()
          for (const { logins } of boxes.values())
            logins.set(login.name, { password: login.password, access: 'read-write' })
          return bound
        }
      }),
      found: ['two instances']
    },
    'unbinds what it has a grant of': {
      spoil: (right) => ({
        ...right,
        unbind: async (handle, login, grant, call) => {
          if (grant) await right.unbind?.(handle, login, grant, call)
        }
      }),
      found: ['unbind without a grant']
    },
    'creates without the parameters': {
      spoil: (right) => ({
        ...right,
        create: async (order, soFar, call) => right.create({ ...order, parameters: {} }, soFar, call)
      }),
      found: ['parameters at create']
    },
    'locks a login out and leaves its sessions': {
      spoil: (right, boxes) => ({
        ...right,
        unbind: async (handle, { name }) => {
          boxes.get(textAt(handle, 'box'))?.logins.set(name, { password: 'unknown', access: '' })
        }
      }),
      found: ['sessions end at unbind']
    },
    'destroys what is foreign': {
      spoil: (right, boxes) => ({
        ...right,
        destroy: async (handle) => {
          boxes.delete(textAt(handle, 'box'))
          return { state: 'gone' }
        }
      }),
      found: ['destroy refuses another mark', 'foreign resource refused']
    },
    'notes the password': {
      spoil: (right) => ({
        ...right,
        bind: async (handle, login, parameters, soFar, call) => {
          call.note(`gives ${login.password}`)
          return right.bind?.(handle, login, parameters, soFar, call) ?? never()
        }
      }),
      found: ['bind and unbind twice', 'faults in bind']
    },
    'shows a write-only parameter in a sighting': {
      spoil: (right) => ({
        ...right,
        create: async (order, soFar, call) => {
          const sighting = await right.create(order, soFar, call)
          return sighting.state === 'pending'
            ? { ...sighting, note: String(order.parameters['passphrase']) }
            : sighting
        }
      }),
      found: ['becomes ready']
    },
    'has an effect before the first handle': {
      spoil: (right) => ({
        ...right,
        create: async (order, soFar, call) => {
          const first = await right.create(order, soFar, call)
          return soFar || first.state !== 'pending' ? first : right.create(order, first.handle, call)
        }
      }),
      found: ['first step has no effect']
    },
    'puts a Date into its handle': {
      spoil: (right) => ({
        ...right,
        create: async (order, soFar, call) => {
          const sighting = await right.create(order, soFar, call)
          if (sighting.state === 'ready') Object.assign(sighting.handle, { at: call.now })
          return sighting
        }
      }),
      found: ['handle survives JSON']
    },
    'lists what belongs to other brokers': {
      spoil: (right, boxes) => ({
        ...right,
        list: async function* () {
          for (const [name, { mark, region }] of boxes)
            yield { mark, name, region, handle: { v: 1, box: name, mark: '' } }
        }
      }),
      found: ['list']
    },
    'keeps to itself what it made': {
      spoil: (right) => {
        const mine = new Set<string>()
        return {
          ...right,
          create: async (order, soFar, call) => {
            if (soFar) mine.add(order.name)
            return right.create(order, soFar, call)
          },
          destroy: async (handle, call) =>
            mine.has(textAt(handle, 'box')) ? right.destroy(handle, call) : { state: 'gone' }
        }
      },
      found: ['crash between steps']
    },
    'updates nothing': {
      spoil: (right) => ({ ...right, update: async (handle) => ({ state: 'ready', handle }) }),
      found: ['update']
    },
    'says ready while it still changes': {
      spoil: (right) => {
        let isChanging = false
        return {
          ...right,
          update: async (handle) => {
            isChanging = true
            return { state: 'ready', handle }
          },
          observe: async (handle, call) =>
            isChanging ? { state: 'pending', handle } : right.observe(handle, call)
        }
      },
      found: ['update']
    },
    'unbinds every login': {
      spoil: (right, boxes) => ({
        ...right,
        unbind: async (handle) => {
          boxes.get(textAt(handle, 'box'))?.logins.clear()
        }
      }),
      found: ['two bindings']
    }
  }
}

function never(): never {
  throw new Error('memory binds')
}
