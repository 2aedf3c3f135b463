import type { Database } from '../../src/store/session.ts'

/** What a call meets after its process has died. */
export class Died extends Error {
  override readonly name = 'Died'
  constructor(where: string) {
    super(`the process died ${where}`)
  }
}

/** A process that dies at its n-th point: before or after a commit, before or after a call to a provider. */
export interface Life {
  /** Throws once the process is dead. */
  reach(where: string): void
  readonly points: readonly string[]
  readonly dead: boolean
}

export function lifeUntil(deadlyPoint = Number.POSITIVE_INFINITY): Life {
  const points: string[] = []
  let dead = false
  return {
    points,
    get dead() {
      return dead
    },
    reach(where) {
      if (!dead) points.push(where)
      if (points.length >= deadlyPoint) dead = true
      if (dead) throw new Died(points.at(-1) ?? where)
    }
  }
}

/** The same database, for a process that may die: what is not committed by then is lost, what is stays. */
export function mortal(database: Database, life: Life): Database {
  return {
    dialect: database.dialect,
    listen: (heard) => database.listen(heard),
    notify: () => database.notify(),
    close: () => database.close(),
    async read(work) {
      if (life.dead) life.reach('reading')
      return database.read(work)
    },
    snapshot: (work) => database.snapshot(work),
    async write(work) {
      life.reach('before a commit')
      const value = await database.write(work)
      life.reach('after a commit')
      return value
    }
  }
}
