import type { Command } from './command.ts'
import { JSON_OPTION, PAGING, PLATFORM } from './common-options.ts'

const INSTANCE = { name: 'ID', help: "the broker's id of a service instance, or the platform's" }

/** Service instances, whoever ordered them. */
export const INSTANCE_COMMANDS: readonly Command[] = [
  {
    name: 'instances',
    summary: 'list service instances',
    isLive: true,
    options: {
      platform: PLATFORM,
      state: {
        value: 'STATE',
        help: 'only in this state; deleted ones only so',
        choices: ['creating', 'ready', 'failed', 'deleting', 'deleted']
      },
      ...PAGING
    },
    example: ['portolan instances', 'portolan instances --state failed --json'],
    load: async () => (await import('./instances.ts')).instances
  },
  {
    name: 'instances show',
    summary: 'show one service instance, its resources, bindings and operations',
    isLive: true,
    arguments: [INSTANCE],
    options: { json: JSON_OPTION },
    example: ['portolan instances show 7c1e0c6a-3a43-4a3e-8f25-bf0a2d5f4f0e'],
    load: async () => (await import('./instances-show.ts')).instancesShow
  },
  {
    name: 'instances purge',
    summary: 'forget a service instance without asking its provider',
    isLive: true,
    details: [
      'For what can be deleted in no other way. Ends its operations, forgets its bindings and resources, and',
      'prints what stays at the provider, to be removed by hand. Asks before, unless --yes is given.'
    ],
    arguments: [INSTANCE],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan instances purge mydb', 'portolan instances purge mydb --yes --json'],
    load: async () => (await import('./instances-purge.ts')).instancesPurge
  },
  {
    name: 'instances adopt',
    summary: 'make a service instance of what stands at a provider already, with its data',
    isLive: true,
    details: [
      "What carries this broker's mark and has no service instance (portolan drift lists it) is adopted as it is;",
      'anything else where the adapter can take it over, which its README says. Nothing is made anew, and a failure',
      'destroys nothing. The platform uses it under --instance; --organization, --space and --parameters are what it',
      'sends when it orders the same again.'
    ],
    arguments: [{ name: 'NAME', help: 'what it is called at the provider' }],
    options: {
      plan: {
        value: 'PLAN',
        help: 'its name or id, as in portolan catalog show; says the provider',
        isRequired: true
      },
      service: { value: 'SERVICE', help: 'the offering, where several have a plan of that name' },
      platform: { value: 'NAME', help: 'whose it becomes', isRequired: true },
      instance: { value: 'ID', help: "the platform's id of the service instance", isRequired: true },
      organization: { value: 'ID', help: "the platform's organization_guid" },
      space: { value: 'ID', help: "the platform's space_guid" },
      region: { value: 'REGION', help: 'where it stands, if it does not carry our mark' },
      parameters: { value: 'JSON', help: 'an object, as the platform would send it' },
      view: {
        value: 'VIEW',
        help: 'whose conventions credentials follow; default cloudfoundry',
        choices: ['cloudfoundry', 'kubernetes']
      },
      json: JSON_OPTION
    },
    example: [
      'portolan instances adopt pabcdefghijklmnop2345 --service mysql --plan berlin-small --platform default --instance mydb',
      'portolan instances adopt shop --plan quay-small --platform cf --instance 7c1e0c6a-3a43-4a3e-8f25-bf0a2d5f4f0e'
    ],
    load: async () => (await import('./instances-adopt.ts')).instancesAdopt
  },
  {
    name: 'instances forget',
    summary: 'end a service instance whose resource is gone at its provider',
    isLive: true,
    details: [
      'The provider is asked first: what stands, or may stand, is refused. Bindings end with it, and the platform',
      'hears that it is gone. Asks before, unless --yes is given.'
    ],
    arguments: [INSTANCE],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan instances forget mydb'],
    load: async () => (await import('./instances-forget.ts')).instancesForget
  }
]
