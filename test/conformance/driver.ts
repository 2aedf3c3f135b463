import type { Family } from '../../src/contract/family.ts'
import { isObject } from '../../src/contract/read.ts'
import { adopt } from './adopt.ts'
import { adoptUnmarked } from './adopt-unmarked.ts'
import { anotherBroker } from './another-broker.ts'
import { differences } from './differences.ts'
import {
  faultsInBind,
  faultsInCreate,
  faultsInDestroy,
  faultsInFailedCreate,
  faultsInUnbind,
  faultsInUpdate,
  unbindWithoutGrant
} from './faults.ts'
import { type Enrolment, type Extent, type Harness, SCENES, type Scene } from './harness.ts'
import { observeEveryStep } from './observe.ts'
import { canLook, parametersAtCreate, unusual } from './parameters.ts'
import { ping } from './ping.ts'
import { RULES } from './rules.ts'
import {
  abort,
  becomesReady,
  bindTwice,
  broken,
  crashBetweenSteps,
  denied,
  destroyFromEveryHandle,
  destroyRefusesAnotherMark,
  destroyTwice,
  firstStepHasNoEffect,
  foreignRefused,
  handleSurvivesJson,
  list,
  listOfManyPages,
  lostAnswers,
  type Play,
  prepareTwice,
  quota,
  readOnlyBinding,
  repeatCreate,
  throttled,
  twoBindings,
  unavailable
} from './scenes.ts'
import { sessionsEnd } from './sessions.ts'
import { twoInstances } from './two-instances.ts'
import { twoRegions } from './two-regions.ts'
import { update } from './update.ts'

/** A missing method is the declaration that the provider cannot; a missing part of the harness is a mistake of the enrolment. */
type Lack = (harness: Harness) => { readonly cannot: string } | { readonly mistake: string } | undefined

interface Part {
  readonly title: string
  readonly play: Play
  readonly lacks?: Lack
}

const PARTS: Readonly<Record<Scene, Part>> = {
  ping: {
    title: 'asks the provider whether the key is right, and says so',
    play: ping,
    lacks: has('ping')
  },
  'becomes ready': { title: 'creates, becomes ready, is observed and goes', play: becomesReady },
  'handle survives JSON': { title: 'hands out handles that survive JSON', play: handleSurvivesJson },
  'first step has no effect': { title: 'only chooses while there is no handle', play: firstStepHasNoEffect },
  'repeat create': { title: 'finds its own resource when create is repeated', play: repeatCreate },
  'lost answers': { title: 'goes on when the answer of every step was lost', play: lostAnswers },
  'crash between steps': { title: 'goes on when the process died after every step', play: crashBetweenSteps },
  'destroy twice': { title: 'treats destroying what is gone as success', play: destroyTwice },
  'destroy from every handle': {
    title: 'destroys from every handle it ever gave',
    play: destroyFromEveryHandle
  },
  'observe at every step': {
    title: 'calls nothing broken that is on its way',
    play: observeEveryStep
  },
  'destroy refuses another mark': {
    title: 'leaves a resource that carries another mark',
    play: destroyRefusesAnotherMark,
    lacks: needs('remark')
  },
  'foreign resource refused': {
    title: "refuses somebody else's resource under its name",
    play: foreignRefused,
    lacks: needs('plantForeign')
  },
  'another broker refused': { title: 'leaves what another broker made', play: anotherBroker },
  unavailable: { title: 'calls a provider that is down unavailable', play: unavailable },
  throttled: { title: 'hands on for how long it is throttled', play: throttled },
  denied: { title: 'calls a refused login denied', play: denied },
  quota: { title: 'tells a quota and leaves nothing', play: quota, lacks: needs('stage') },
  broken: { title: 'tells a broken resource and cleans it up', play: broken, lacks: needs('stage') },
  'bind and unbind twice': {
    title: 'gives the same login when bind is repeated',
    play: bindTwice,
    lacks: noBind
  },
  'two bindings': { title: 'removes one login and leaves the other', play: twoBindings, lacks: noBind },
  'two instances': {
    title: 'lets a login into its own instance only',
    play: twoInstances,
    lacks: noBind
  },
  'sessions end at unbind': {
    title: 'ends the sessions of a binding at unbind',
    play: sessionsEnd,
    lacks: (harness) => noBind(harness) ?? has('openSession')(harness)
  },
  'read-only binding': {
    title: 'lets a read-only binding only read',
    play: readOnlyBinding,
    lacks: noReadOnly
  },
  'unbind without a grant': {
    title: 'leaves no login of a bind that was given up',
    play: unbindWithoutGrant,
    lacks: noBind
  },
  'prepare and release twice': {
    title: 'prepares twice and releases twice',
    play: prepareTwice,
    lacks: noPrepare
  },
  abort: { title: 'ends promptly when the signal says so', play: abort },
  'parameters at create': {
    title: 'makes what the parameters ask for',
    play: parametersAtCreate,
    lacks: noParameters
  },
  update: { title: 'becomes what the order says now', play: update, lacks: noUpdate },
  list: { title: 'lists exactly what carries our mark', play: list, lacks: noList },
  'list of many pages': {
    title: 'finds what stands on any page of a list',
    play: listOfManyPages,
    lacks: (harness) => has('shortenPages')(harness) ?? noList(harness)
  },
  adopt: { title: 'takes over what it made, with all that is in it', play: adopt, lacks: noList },
  'adopt unmarked': {
    title: 'takes over what somebody made by hand',
    play: adoptUnmarked,
    lacks: (harness) => noAdopt(harness) ?? has('plantUnmarked')(harness)
  },
  differences: {
    title: 'takes over nothing under another plan than it is of',
    play: differences,
    lacks: noDifferences
  },
  'two regions': {
    title: 'makes it in the region that was ordered',
    play: twoRegions,
    lacks: (harness) => has('regionOf')(harness) ?? needs('stage')(harness)
  },
  'faults in create': { title: 'makes one resource, whatever breaks', play: faultsInCreate },
  'faults in failed create': {
    title: 'leaves nothing of a failed create, whatever breaks',
    play: faultsInFailedCreate,
    lacks: needs('stage')
  },
  'faults in update': {
    title: 'updates one resource, whatever breaks',
    play: faultsInUpdate,
    lacks: noUpdate
  },
  'faults in bind': {
    title: 'makes one login that works, whatever breaks',
    play: faultsInBind,
    lacks: noBind
  },
  'faults in unbind': { title: 'locks the login out, whatever breaks', play: faultsInUnbind, lacks: noBind },
  'faults in destroy': { title: 'leaves nothing, whatever breaks', play: faultsInDestroy }
}

const SAMPLE = 18
const FULL = process.env['PORTOLAN_FULL'] === '1'

/** What is wrong with a driver, scene by scene; an empty list is a scene that was kept. */
export async function playScene(
  open: Enrolment['open'],
  scene: Scene,
  extent: Extent = 'all'
): Promise<readonly string[] | { readonly cannot: string }> {
  const { play, lacks } = PARTS[scene]
  const harness = await open()
  try {
    const lack = lacks?.(harness)
    if (lack) return 'mistake' in lack ? [lack.mistake] : lack
    const details = (await harness.stage?.(scene)) ?? {}
    return await play(harness, details, extent)
  } finally {
    await harness.close?.()
  }
}

/** Enrols a driver: every scene becomes one test. */
export function driverConformance({
  name,
  open,
  skip = {},
  only = SCENES,
  sample = SAMPLE
}: Enrolment): void {
  describe(`${name} keeps the driver contract`, () => {
    for (const scene of only) {
      const title = `${PARTS[scene].title} [${scene}]`
      const reason = skip[scene]
      if (reason !== undefined) {
        if (reason.trim().length < 10) throw new Error(`${name} skips "${scene}" without a reason`)
        it.skip(`${title}: ${reason}`)
        continue
      }
      it(title, async function () {
        this.timeout(FULL ? 3_600_000 : 300_000)
        const problems = await playScene(open, scene, FULL ? 'all' : sample)
        if ('cannot' in problems) {
          if (this.test) this.test.title += `: ${problems.cannot}`
          this.skip()
        }
        if (problems.length > 0) throw new Error(`\n- ${problems.join('\n- ')}\nthe rule: ${RULES[scene]}`)
      })
    }
  })
}

function needs(part: 'stage' | 'plantForeign' | 'remark' | 'tryWrite'): Lack {
  return (harness) =>
    harness[part]
      ? undefined
      : { mistake: `the harness has no ${part}; add it, or skip the scene with a reason` }
}

/** Of parts that came later than some harnesses, or that not every provider has. */
function has(part: 'ping' | 'openSession' | 'plantUnmarked' | 'shortenPages' | 'regionOf'): Lack {
  return (harness) => (harness[part] ? undefined : { cannot: `the harness has no ${part}` })
}

function noBind({ openDriver, family }: Harness): ReturnType<Lack> {
  const { bind, access } = openDriver()
  return bind || (access && family?.bind)
    ? undefined
    : { cannot: 'neither the driver nor the family can bind' }
}

function noReadOnly(harness: Harness): ReturnType<Lack> {
  if (!hasReadOnly(harness.family)) return { cannot: 'the family has no read-only bindings' }
  const taken = harness.openDriver().bindChoices?.(harness.order.plan)['access']
  if (taken && !taken.includes('read-only')) return { cannot: 'the plan takes no read-only bindings' }
  return noBind(harness) ?? needs('tryWrite')(harness)
}

function hasReadOnly(family: Family | undefined): boolean {
  const properties = family?.bindParameters['properties']
  return isObject(properties) && JSON.stringify(properties['access'] ?? null).includes('"read-only"')
}

function noParameters({ openDriver, family }: Harness): ReturnType<Lack> {
  if (Object.keys(unusual(family)).length === 0) return { cannot: 'the family has no parameters to choose' }
  const { update: changes, access } = openDriver()
  return changes || (access && canLook(family))
    ? undefined
    : { cannot: 'the driver has no update, and the kit does not see the parameters of this family' }
}

function noPrepare({ family }: Harness): ReturnType<Lack> {
  return family?.prepare ? undefined : { cannot: 'the family prepares nothing' }
}

function noUpdate(harness: Harness): ReturnType<Lack> {
  return harness.openDriver().update ? needs('stage')(harness) : { cannot: 'the driver has no update' }
}

function noAdopt({ openDriver }: Harness): ReturnType<Lack> {
  return openDriver().adopt ? undefined : { cannot: 'the driver has no adopt' }
}

function noDifferences({ openDriver }: Harness): ReturnType<Lack> {
  const driver = openDriver()
  return driver.differences || (driver.adopt && driver.list && driver.update)
    ? undefined
    : { cannot: 'the driver has no differences, and adopts what stands as it is' }
}

function noList({ openDriver }: Harness): ReturnType<Lack> {
  return openDriver().list ? undefined : { cannot: 'the driver has no list' }
}
