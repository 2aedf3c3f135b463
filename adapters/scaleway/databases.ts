import { differing } from '../../src/contract/differences.ts'
import { ProviderFailure } from '../../src/contract/errors.ts'
import type { Client } from './client.ts'
import { GB, type Plan, readPlan, volumeBytes } from './plan.ts'
import type { Servers } from './servers.ts'
import { tagsOf } from './tags.ts'
import type { Instance, Upgrade } from './types.ts'

/** Managed Database: regional, each instance with one database. */
export function databaseServers(client: Client): Servers<Instance> {
  return {
    placeOf(order) {
      readPlan(order.plan)
      return order.region
    },
    instances: client.instances,
    instance: client.instance,
    deleteInstance: client.deleteInstance,
    setPassword: (call, { region, id }, user, password) =>
      client.setPassword(call, region, id, user, password),
    acls: client.acls,
    replaceAcls: client.replaceAcls,
    order(call, at, order, userName, password) {
      const plan = readPlan(order.plan)
      return client.createInstance(call, at, {
        name: order.name,
        engine: plan.engine,
        userName,
        password,
        nodeType: plan.nodeType,
        highAvailability: plan.highAvailability,
        tags: tagsOf(order.mark),
        volumeType: plan.volumeType,
        volumeBytes: volumeBytes(plan)
      })
    },
    async furnish(call, { region, id, name }) {
      const names = await client.databases(call, region, id, name)
      if (!names.includes(name)) await client.createDatabase(call, region, id, name)
    },
    differences: (instance, plan) => differencesOf(instance, readPlan(plan)),
    nextChange: (instance, plan) => nextUpgrade(instance, readPlan(plan)),
    async change(call, at, id, change) {
      await client.upgrade(call, at, id, change as Upgrade)
    }
  }
}

/** A larger volume is another plan's too: it is paid for, and never becomes smaller. */
function differencesOf(instance: Instance, plan: Plan): readonly string[] {
  const isSized = plan.volumeType !== 'lssd' && plan.volumeType === instance.volumeType
  return differing([
    ['engine', instance.engine, plan.engine],
    ['node type', instance.nodeType, plan.nodeType],
    ['volume type', instance.volumeType, plan.volumeType],
    ...(isSized ? [['volume in GB', instance.volumeBytes / GB, plan.volumeSizeGb] as const] : []),
    ['high availability', onOff(instance.highAvailability), onOff(plan.highAvailability)]
  ])
}

function onOff(yes: boolean): string {
  return yes ? 'on' : 'off'
}

/** The first thing that differs; throws `invalid` for what Scaleway cannot change. */
function nextUpgrade(instance: Instance, plan: Plan): Upgrade | undefined {
  refuseImpossible(instance, plan)
  const node = plan.nodeType === instance.nodeType ? undefined : { node_type: plan.nodeType }
  const volume = plan.volumeType === instance.volumeType ? undefined : { volume_type: plan.volumeType }
  const high = plan.highAvailability && !instance.highAvailability ? { enable_ha: true as const } : undefined
  // A local disk belongs to the node type, so the node changes first; anything else would not fit on the way.
  if (plan.volumeType === 'lssd') return node ?? volume ?? high
  const size = volumeBytes(plan) > instance.volumeBytes ? { volume_size: volumeBytes(plan) } : undefined
  return volume ?? size ?? node ?? high
}

function refuseImpossible(instance: Instance, plan: Plan): void {
  if (plan.engine !== instance.engine) {
    throw new ProviderFailure('invalid', `the engine stays ${instance.engine}`)
  }
  if (instance.highAvailability && !plan.highAvailability) {
    throw new ProviderFailure('invalid', 'high availability cannot be switched off')
  }
  if (plan.volumeType !== 'lssd' && volumeBytes(plan) < instance.volumeBytes) {
    throw new ProviderFailure('invalid', 'a volume cannot become smaller')
  }
}
