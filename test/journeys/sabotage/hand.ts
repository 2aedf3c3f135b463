import { readFileSync, writeFileSync } from 'node:fs'
import type { PostgresqlAccess } from '../../../src/contract/access.ts'
import type { Move, Moving } from '../../../src/contract/move.ts'
import type { MoveCall, Workspace } from '../../../src/contract/ports.ts'
import { readerOf } from '../../../src/families/postgresql/names.ts'
import type { OpenRegistry } from '../../../src/registry/registry.ts'
import { withClient } from '../../support/postgres-server.ts'
import { DONE, type Order, ordersFor, report } from './orders.ts'

/** The families as they are, and what is ordered beside them. */
export function sabotagedRegistry(real: OpenRegistry, folder: string): OpenRegistry {
  return {
    ...real,
    family: (name) => {
      const family = real.family(name)
      return family?.move ? { ...family, move: sabotagedMove(family.move, folder) } : family
    }
  }
}

function sabotagedMove(move: Move, folder: string): Move {
  return {
    ...move,
    async freeze(moving, call) {
      for (const order of ordersOf(moving, folder))
        if (order.at === 'source') await follow(moving, order, folder)
      return move.freeze(moving, call)
    },
    copy: (moving, hold, call) => move.copy(moving, hold, withTools(moving, call, folder)),
    async verify(moving, hold, call) {
      for (const order of ordersOf(moving, folder))
        if (order.at === 'target') await follow(moving, order, folder)
      return move.verify(moving, hold, call)
    }
  }
}

function ordersOf(moving: Moving, folder: string): readonly Order[] {
  return ordersFor(folder, postgresql(moving.from.access).database)
}

type Hand = Exclude<Order, { at: 'restore' }>

async function follow(moving: Moving, order: Hand, folder: string): Promise<void> {
  const source = postgresql(moving.from.access).database
  const done = await run(moving, order).then(
    () => DONE,
    (error: unknown) => `${order.sql}: ${String(error)}`
  )
  report(folder, source, done)
}

async function run(moving: Moving, order: Hand): Promise<void> {
  const side = order.at === 'source' ? 'from' : 'to'
  const access = postgresql(moving[side].access)
  const login = moving.logins[0]?.[side]
  if (login === undefined) throw new Error('nobody is bound')
  const tenant = { ...access, user: login.name, password: login.password }
  const who =
    order.at === 'source' || order.as === 'login'
      ? tenant
      : { ...access, ...(order.as === 'superuser' ? order.superuser : {}) }
  const sql = order.sql
    .replaceAll('{group}', access.database)
    .replaceAll('{reader}', readerOf(access.database))
    .replaceAll('{login}', login.name)
  await withClient(who, (client) => client.query(sql))
}

function withTools(moving: Moving, call: MoveCall, folder: string): MoveCall {
  const source = postgresql(moving.from.access).database
  const order = ordersFor(folder, source).find((each) => each.at === 'restore')
  if (order === undefined) return call
  return {
    ...call,
    workspace: (use) =>
      call.workspace((workspace) =>
        use({
          ...workspace,
          async run(...given: Parameters<Workspace['run']>) {
            const [program, args] = given
            const list = args.find((each) => each.startsWith('--use-list='))?.slice('--use-list='.length)
            const isMeant = list !== undefined && args.at(-1)?.endsWith(`/${order.section}`)
            if (!isMeant || !program.endsWith('pg_restore')) return workspace.run(...given)
            report(folder, source, DONE)
            if (order.keeps === 'nothing') return ''
            const lines = readFileSync(list, 'utf8').split('\n').filter(Boolean)
            writeFileSync(list, `${lines.slice(0, Math.ceil(lines.length / 2)).join('\n')}\n`)
            return workspace.run(...given)
          }
        })
      )
  }
}

function postgresql(access: Moving['from']['access']): PostgresqlAccess {
  if (access.kind !== 'postgresql') throw new Error('not a database of PostgreSQL')
  return access
}
