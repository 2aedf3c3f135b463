import type { Access } from '../../src/contract/access.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Hold, Move, MoveSide, Moving, Verification } from '../../src/contract/move.ts'
import type { MoveCall } from '../../src/contract/ports.ts'
import type { Around, Cloud, Thing } from './cloud.ts'

export type MoveMethod =
  | 'examine'
  | 'begin'
  | 'pin'
  | 'freeze'
  | 'check'
  | 'copy'
  | 'verify'
  | 'thaw'
  | 'retire'
  | 'prove erased'

/** How boxes move: what the family's move promises, kept by a few lines that remember what must never happen. */
export function moveOf(cloud: Cloud, at: Around): Move {
  const run = <T>(method: MoveMethod, call: MoveCall, moving: Moving, effect: () => T): Promise<T> =>
    at(method, call, moving.from.names.resource, effect)
  const hold = (moving: Moving, call: MoveCall, token: string): Hold => ({
    snapshot: token,
    check: () =>
      run('check', call, moving, () => {
        if (thingOf(cloud, moving.from).lock !== token) throw lost()
      }),
    async release() {
      const thing = cloud.things.get(nameOf(moving.from))
      if (thing?.lock === token) thing.lock = undefined
    }
  })

  return {
    examine: (from, _to, call) =>
      at('examine', call, from.names.resource, () => ({
        findings: cloud.findings,
        size: { bytes: thingOf(cloud, from).rows.length, objects: 1 },
        estimate: { copySeconds: 1, freezeSeconds: 2 },
        effects: ['Applications cannot write for about 2 seconds.']
      })),

    begin: (moving, call) =>
      run('begin', call, moving, () => {
        const [source, target] = both(cloud, moving)
        if (target.inUse) throw new ProviderFailure('conflict', 'the target is in use')
        for (const thing of [source, target]) {
          thing.steps.clear()
          thing.steps.add(stepOf(moving))
          thing.lock = undefined
        }
        target.rows.length = 0
      }),

    async pin(moving, call) {
      const token = `${stepOf(moving)} pin`
      await run('pin', call, moving, () => {
        const source = stepping(cloud, moving.from, moving)
        source.lock = token
      })
      return hold(moving, call, token)
    },

    async freeze(moving, call) {
      const token = `${stepOf(moving)} freeze`
      await run('freeze', call, moving, () => {
        const source = stepping(cloud, moving.from, moving)
        source.frozen = true
        source.lock = token
      })
      return hold(moving, call, token)
    },

    thaw: ({ from }, call) =>
      at('thaw', call, from.names.resource, () => {
        const source = thingOf(cloud, from)
        source.steps.clear()
        source.frozen = false
        source.lock = undefined
      }),

    copy: (moving, held, call) =>
      run('copy', call, moving, () => {
        const source = thingOf(cloud, moving.from)
        const target = stepping(cloud, moving.to, moving)
        if (source.lock !== held.snapshot) throw lost()
        const missing = moving.logins.filter(({ to }) => !target.logins.has(to.name))
        if (missing.length > 0) cloud.violations.push('a copy without its logins at the target')
        target.rows.splice(0, target.rows.length, ...source.rows)
        moving.told({ bytes: 1, totalBytes: 1, objects: 1, totalObjects: 1, what: 'the box' })
        return { bytes: source.rows.join('').length, rows: source.rows.length, objects: 1 }
      }),

    verify: (moving, _held, call) =>
      run('verify', call, moving, () => {
        const [source, target] = both(cloud, moving)
        return compared(source.rows, target.rows)
      }),

    retire: (moving, call) =>
      run('retire', call, moving, () => {
        const [source, target] = both(cloud, moving)
        if (!source.frozen) cloud.violations.push('a source was retired that was never frozen')
        target.inUse = true
        source.steps.clear()
        target.steps.clear()
        source.lock = undefined
        for (const { from } of moving.logins) {
          const password = source.logins.get(from.name)
          if (password === undefined) continue
          source.logins.delete(from.name)
          source.logins.set(`retired ${from.name}`, password)
        }
      }),

    isInUse: async (side) => cloud.things.get(nameOf(side))?.inUse === true,

    proveErased: (from, call) =>
      at('prove erased', call, from.names.resource, () => {
        if (cloud.things.has(nameOf(from))) throw new ProviderFailure('unexpected', 'the box is still there')
        return ['there is no such box']
      })
  }
}

function compared(source: readonly string[], target: readonly string[]): Verification {
  const isEqual = JSON.stringify(source) === JSON.stringify(target)
  return {
    verdict: isEqual ? 'equal' : 'different',
    differences: isEqual
      ? []
      : [{ object: 'box', source: `${source.length} rows`, target: `${target.length} rows` }],
    different: isEqual ? 0 : 1,
    unverified: [],
    compared: { box: 1 },
    notes: [],
    digest: source.join('|')
  }
}

function stepOf({ attempt }: Moving): string {
  return `${attempt.operation}#${attempt.number}`
}

/** As the throwaway login of this attempt, which a later one has shut out. */
function stepping(cloud: Cloud, side: MoveSide, moving: Moving): Thing {
  const thing = thingOf(cloud, side)
  if (thing.steps.has(stepOf(moving))) return thing
  throw new ProviderFailure('unavailable', 'a later attempt has shut this one out')
}

function both(cloud: Cloud, { from, to }: Moving): readonly [Thing, Thing] {
  return [thingOf(cloud, from), thingOf(cloud, to)]
}

function thingOf(cloud: Cloud, side: MoveSide): Thing {
  const thing = cloud.things.get(nameOf(side))
  if (!thing) throw new ProviderFailure('not-found', 'there is no such box')
  return thing
}

function nameOf({ access }: { readonly access: Access }): string {
  return access.kind === 'example' ? access.box : ''
}

function lost(): ProviderFailure {
  return new ProviderFailure('unavailable', 'the freeze is lost')
}
