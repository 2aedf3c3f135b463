import { objectAt, textAt } from '../../../src/contract/read.ts'
import { MANAGED_ROOT } from '../../../src/local/managed-root.ts'
import { LOCAL_NAMES, readRecord } from '../../../src/local/record.ts'
import { logsIn } from '../../support/logs-in.ts'
import { storeRows } from '../../support/store-rows.ts'
import { path } from './life.ts'
import type { Model } from './model.ts'
import type { Platform } from './platform.ts'
import type { Stage } from './stage.ts'
import { lookAtServer, type Standing, without } from './standing.ts'

/** What is wrong in the end: each an empty list, or the product has lost something. */
export interface Reckoning {
  /** The platform has it, the broker or the provider has not. */
  readonly lost: string[]
  /** Two resources for one instance. */
  readonly doubled: string[]
  /** Stands at a provider, and nobody has it. */
  readonly leftBehind: string[]
  readonly notEnded: string[]
  /** A living binding's login is refused, or one that was unbound is not. */
  readonly logins: string[]
}

const ENDED_WITHIN_MS = 150_000
const LOOK_EVERY_MS = 500

export async function reckon(stage: Stage, model: Model, platform: Platform): Promise<Reckoning> {
  const notEnded = await openOperations(stage)
  const found: Reckoning = { lost: [], doubled: [], leftBehind: [], notEnded, logins: [] }
  await compareWithBroker(model, platform, found)
  await compareWithProviders(stage, model, found)
  await tryLogins(model, found)
  return found
}

async function openOperations({ database }: Stage): Promise<string[]> {
  const deadline = Date.now() + ENDED_WITHIN_MS
  for (;;) {
    const rows = await storeRows(
      database,
      `select id, kind, stage, failures, description from operations where state = 'in progress' and kind <> 'look'`
    )
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => JSON.stringify(row))
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

async function compareWithBroker(
  { living, gone }: Model,
  platform: Platform,
  found: Reckoning
): Promise<void> {
  for (const { id, plan, bindings } of living.values()) {
    const { status, body } = await platform.get(path(id))
    if (status !== 200) found.lost.push(`instance ${id}: the broker says ${status}`)
    else if (body['plan_id'] !== plan)
      found.lost.push(`instance ${id}: plan ${String(body['plan_id'])} instead of ${plan}`)
    for (const [binding, credentials] of bindings) {
      const fetched = await platform.get(`${path(id)}/service_bindings/${binding}`)
      const now = fetched.status === 200 ? objectAt(fetched.body, 'credentials') : {}
      if (now['password'] !== credentials['password'])
        found.lost.push(`binding ${binding}: the broker says ${fetched.status}`)
    }
  }
  for (const id of gone) {
    const { status } = await platform.get(path(id))
    if (status !== 404) found.leftBehind.push(`instance ${id}: the broker says ${status}`)
  }
}

async function compareWithProviders(stage: Stage, model: Model, found: Reckoning): Promise<void> {
  const resources = await storeRows(
    stage.database,
    `select r.provider, r.name, i.osb_id from resources r join instances i on i.id = r.instance where i.platform = 'crash'`
  )
  const logins = new Set(
    [...model.living.values()].flatMap(({ bindings }) =>
      [...bindings.values()].map((each) => textAt(each, 'user'))
    )
  )
  for (const [provider, standing] of Object.entries(await lookAround(stage))) {
    const living = [...model.living.values()].filter(({ ware }) => ware.provider === provider)
    const namesOf = (id: string) =>
      resources.filter((row) => row['osb_id'] === id).map((row) => String(row['name']))
    const there = standing.instances ?? standing.databases
    const expected = new Set<string>()
    for (const { id } of living) {
      const standingNames = there.filter((name) => namesOf(id).includes(name))
      if (standingNames.length === 0) found.lost.push(`instance ${id}: nothing at ${provider}`)
      if (standingNames.length > 1)
        found.doubled.push(`instance ${id}: ${standingNames.join(', ')} at ${provider}`)
      for (const name of namesOf(id)) expected.add(name)
    }
    const extra = [...standing.databases, ...(standing.instances ?? [])].filter((name) => !expected.has(name))
    const roles = standing.roles.filter((role) => !logins.has(role) && !expected.has(resourceOf(role)))
    found.leftBehind.push(...[...extra, ...roles].map((name) => `${name} at ${provider}`))
    found.doubled.push(...twice(there).map((name) => `${name} twice at ${provider}`))
  }
}

/** The resource that a role belongs to by its name: its group, its readers, its administrator. */
function resourceOf(role: string): string {
  return role.replace(/^portolan_/, '').replace(/_ro$/, '')
}

function twice(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index)
}

async function lookAround(stage: Stage): Promise<Record<string, Standing>> {
  const { servers } = readRecord(stage.data) ?? { servers: undefined }
  const standing: Record<string, Standing> = {}
  for (const name of LOCAL_NAMES) {
    const server = servers?.[name]
    if (server === undefined) throw new Error(`no record of the local server ${name}`)
    const { port, password } = server
    standing[name] = await lookAtServer({
      host: '127.0.0.1',
      port,
      user: MANAGED_ROOT,
      password,
      database: 'postgres'
    })
  }
  standing['harbour'] = without(await lookAtServer(stage.harbour.superuser), stage.harbourBefore)
  const { instances, databases, roles } = await stage.scaleway.state()
  standing['scaleway'] = { instances: instances.map(({ name }) => name), databases, roles }
  return standing
}

async function tryLogins({ living, unbound }: Model, found: Reckoning): Promise<void> {
  for (const { bindings } of living.values()) {
    for (const [id, credentials] of bindings) {
      if (!(await logsIn(credentials))) found.logins.push(`binding ${id} is refused by its database`)
    }
  }
  for (const credentials of unbound) {
    if (await logsIn(credentials))
      found.logins.push(`${textAt(credentials, 'user')} was unbound and still logs in`)
  }
}
