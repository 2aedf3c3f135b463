import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { withClient } from '../../support/postgres-server.ts'
import { processesNaming } from '../../support/processes.ts'
import { type Row, storeRows } from '../../support/store-rows.ts'
import { lookAtServer } from '../crash/standing.ts'
import { pause } from './client.ts'
import { SERVERS, type Stage } from './stage.ts'

const ENDED_WITHIN_MS = 120_000

/** Every operation has ended; else what is left of them. */
export async function operationsEnded({ database }: Stage): Promise<readonly string[]> {
  const deadline = Date.now() + ENDED_WITHIN_MS
  for (;;) {
    const rows = await storeRows(
      database,
      `select kind, stage, failures, description from operations where state = 'in progress' and kind <> 'look'`
    )
    if (rows.length === 0) return []
    if (Date.now() > deadline) return rows.map((row) => `has not ended: ${JSON.stringify(row)}`)
    await pause(100)
  }
}

/** What lies about that nobody has: databases and roles on both servers, programs, files. Empty when all is in order. */
export async function leftLying(stage: Stage): Promise<readonly string[]> {
  const resources = await storeRows(
    stage.database,
    `select name, provider, state from resources where state <> 'gone'`
  )
  const found: string[] = []
  for (const server of SERVERS) {
    const ours = resources.filter(({ provider }) => provider === server)
    found.push(...(await strayAt(stage, server, ours)))
  }
  found.push(...resources.filter(isHalfMade).map((row) => `a resource is left: ${JSON.stringify(row)}`))
  return [...found, ...strayPrograms(stage), ...strayFiles(stage)]
}

/** The audit has a row for every state that a switch enters. */
export async function cutOverTwice({ database }: Stage): Promise<readonly string[]> {
  const rows = await storeRows(
    database,
    `select operation from audit where action like 'switch: % → completed' group by operation having count(*) > 1`
  )
  return rows.map(({ operation }) => `the switch ${String(operation)} was cut over more than once`)
}

function isHalfMade({ state }: Row): boolean {
  return state !== 'active' && state !== 'retained'
}

async function strayAt(stage: Stage, server: (typeof SERVERS)[number], ours: readonly Row[]) {
  const names = ours.map(({ name }) => String(name))
  const { databases, roles } = await lookAtServer(stage.root(server))
  const steps = await withClient(stage.root(server), async (client) => {
    const { rows } = await client.query(
      `SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE 'portolan step of%'`
    )
    return rows.map(({ rolname }) => String(rolname))
  })
  return [
    ...steps.map((name) => `the throwaway login ${name} is left at ${server}`),
    ...databases
      .filter((name) => !names.includes(name))
      .map((name) => `the database ${name} is left at ${server}`),
    ...names
      .filter((name) => !databases.includes(name))
      .map((name) => `the database ${name} is missing at ${server}`),
    ...(names.length === 0 ? roles.map((name) => `the role ${name} is left at ${server}`) : [])
  ]
}

function strayPrograms({ data }: Stage): readonly string[] {
  return processesNaming(data)
    .filter(({ command }) => /\b(pg_dump|pg_restore|psql|setpriv)\b/.test(command))
    .map(({ command }) => `a program still runs: ${command.slice(0, 120)}`)
}

function strayFiles({ data }: Stage): readonly string[] {
  try {
    return readdirSync(join(data, 'work')).map((name) => `the folder work/${name} is left`)
  } catch {
    return []
  }
}
