import type { Finding, OfferedPlan } from '../../src/contract/adapter.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Call } from '../../src/contract/ports.ts'
import type { Client } from './client.ts'
import { remedyOf } from './errors.ts'
import { inspectRedis } from './inspect-redis.ts'
import { inspectObjectStorage } from './object-storage/inspect.ts'
import type { Store } from './object-storage/store.ts'
import type { Settings } from './settings.ts'

/** An organisation may have 5 instances, 10 after its identity was checked; more on request. */
const USUAL_QUOTA = 5

/** Where it is not known what is offered, that is Managed Database. */
export async function inspect(
  client: Client,
  store: Store | undefined,
  settings: Settings,
  call: Call,
  offered?: readonly OfferedPlan[]
): Promise<readonly Finding[]> {
  const redis = offered?.filter(({ family }) => family === 'redis') ?? []
  const hasDatabases = offered?.some(({ family }) => family === 'postgresql' || family === 'mysql') ?? true
  const findings: Finding[] = []
  for (const region of hasDatabases ? settings.regions : []) {
    findings.push(...(await inspectRegion(client, region, call)))
  }
  return [
    ...findings,
    ...(await inspectRedis(client, redis, call)),
    ...(await inspectObjectStorage(store, settings.regions, call))
  ]
}

async function inspectRegion(client: Client, region: string, call: Call): Promise<readonly Finding[]> {
  const subject = `region ${region}`
  try {
    const instances = await client.countInstances(call, region)
    return [instancesFinding(subject, instances), await stockFinding(client, region, call)]
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const rights = 'give the key RelationalDatabasesFullAccess in the project'
    return [{ level: 'refused', subject, text: error.message, ...remedyOf(error, rights) }]
  }
}

function instancesFinding(subject: string, instances: number): Finding {
  if (instances < USUAL_QUOTA) return { level: 'ok', subject, text: `${instances} instances in the project` }
  return {
    level: 'warning',
    subject,
    text: `${instances} instances in the project: the usual quota is ${USUAL_QUOTA}`,
    remedy: 'ask Scaleway for a higher quota of database instances'
  }
}

async function stockFinding(client: Client, region: string, call: Call): Promise<Finding> {
  const out: string[] = []
  let types = 0
  for await (const type of client.nodeTypes(call, region)) {
    types += 1
    if (type.stock === 'out_of_stock') out.push(type.name)
  }
  const subject = `node types of ${region}`
  if (out.length === 0) return { level: 'ok', subject, text: `${types} node types, none out of stock` }
  return { level: 'warning', subject, text: `out of stock: ${out.join(', ')}` }
}
