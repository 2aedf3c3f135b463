import { readFileSync } from 'node:fs'
import type { Driver } from '../../../src/contract/adapter.ts'
import type { Family } from '../../../src/contract/family.ts'
import type { Move } from '../../../src/contract/move.ts'
import type { MoveCall, Workspace } from '../../../src/contract/ports.ts'
import type { OpenRegistry } from '../../../src/registry/registry.ts'
import type { Database, Session } from '../../../src/store/session.ts'

/** A program that was over before anybody saw it. */
const MOST_TRIES = 1000

type Reach = (point: string) => void

/** The store, with a point before and after each commit that takes an operation of a move to another stage. */
export function watchedDatabase(real: Database, reach: Reach): Database {
  return {
    dialect: real.dialect,
    read: (work) => real.read(work),
    snapshot: (work) => real.snapshot(work),
    listen: (heard) => real.listen(heard),
    notify: () => real.notify(),
    close: () => real.close(),
    async write(work) {
      let entered: readonly string[] = []
      const value = await real.write(async (session) => {
        const before = await stagesIn(session)
        const done = await work(session)
        entered = [...(await stagesIn(session))]
          .filter(([id, at]) => before.get(id) !== at)
          .map(([, at]) => at)
        for (const at of entered) reach(`before the commit of ${at}`)
        return done
      })
      for (const at of entered) reach(`after the commit of ${at}`)
      return value
    }
  }
}

async function stagesIn(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.read(
    `select id, kind, stage, state from operations where kind in ('switch', 'retain', 'erase', 'delete', 'clean-up')`
  )
  return new Map(
    rows.map(({ id, kind, stage, state }) => [
      String(id),
      `${String(kind)}: ${String(state === 'in progress' ? stage : state)}`
    ])
  )
}

/** The providers and families, with a point before and after each call that changes or judges anything. */
export function watchedRegistry(real: OpenRegistry, reach: Reach, differs: () => boolean): OpenRegistry {
  return {
    ...real,
    driver: (provider, family) => {
      const driver = real.driver(provider, family)
      return driver && around<Driver>(driver, ['create', 'destroy'], reach)
    },
    family: (name) => {
      const family = real.family(name)
      return family && watchedFamily(family, reach, differs)
    }
  }
}

function watchedFamily(family: Family, reach: Reach, differs: () => boolean): Family {
  const { move } = family
  return {
    ...around<Family>(family, ['prepare', 'release', 'bind', 'unbind'], reach),
    ...(move ? { move: watchedMove(move, reach, differs) } : {})
  }
}

function watchedMove(move: Move, reach: Reach, differs: () => boolean): Move {
  const watched = around<Move>(
    move,
    ['examine', 'begin', 'freeze', 'thaw', 'copy', 'verify', 'retire', 'proveErased'],
    reach
  )
  return {
    ...watched,
    freeze: async (moving, call) => around(await watched.freeze(moving, call), ['check'], reach),
    copy: (moving, hold, call) => watched.copy(moving, hold, withTools(call, reach)),
    async verify(moving, hold, call) {
      const verification = await watched.verify(moving, hold, call)
      if (!differs()) return verification
      const object = 'table shop.orders'
      return {
        ...verification,
        verdict: 'different',
        different: 1,
        differences: [{ object, source: 'so', target: 'otherwise' }]
      }
    }
  }
}

/** A point while each program runs. */
function withTools(call: MoveCall, reach: Reach): MoveCall {
  return {
    ...call,
    workspace: (use) =>
      call.workspace((workspace) =>
        use({
          ...workspace,
          async run(...given: Parameters<Workspace['run']>) {
            const run = workspace.run(...given)
            await Promise.race([run.catch(() => undefined), untilChild()])
            reach(`while ${given[0].split('/').at(-1)} runs`)
            return run
          }
        })
      )
  }
}

/** Linux only. */
async function untilChild(): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim() !== '') return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** The same, with a point before and after each call of some of its methods. */
function around<T extends object>(target: T, names: readonly (keyof T & string)[], reach: Reach): T {
  const copy = { ...target } as Record<string, unknown>
  for (const name of names) {
    const method = target[name]
    if (typeof method !== 'function') continue
    copy[name] = async (...given: unknown[]) => {
      reach(`before ${name}`)
      const answer: unknown = await method.apply(target, given)
      reach(`after ${name}`)
      return answer
    }
  }
  return copy as T
}
