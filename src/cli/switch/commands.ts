import type { Command, Option } from '../command.ts'
import { JSON_OPTION, PAGING } from '../common-options.ts'

const INSTANCE = { name: 'INSTANCE', help: "the broker's id of a service instance, or the platform's" }
const ID = { name: 'ID', help: 'the id of a switch or of a rehearsal' }

const WHERE: Readonly<Record<string, Option>> = {
  to: { value: 'PLAN', help: "the plan's name or id", isRequired: true },
  region: { value: 'REGION', help: "default: the one it is in, if the plan has it, else the plan's" }
}
const MANUAL: Readonly<Record<string, Option>> = {
  manual: { help: 'wait for `portolan switch go` before the freeze' }
}
const HOW: Readonly<Record<string, Option>> = {
  within: { value: 'DURATION', help: 'give up and stay when it has not ended by then: PT24H, P2D, PT90M' },
  accept: { value: 'ID', help: 'accept this finding of `portolan switch plan`', isRepeated: true },
  'no-wait': { help: 'begin it and return' },
  json: JSON_OPTION
}
const FOLLOWED = [
  'Shows how far it is until it has ended: exit code 0 when it has completed, else 1 with the reason. Ctrl-C',
  'only stops the watching.'
]

/** Moves of service instances. */
export const SWITCH_COMMANDS: readonly Command[] = [
  {
    name: 'switch plan',
    summary: 'tell what a switch would meet; touches nothing',
    isLive: true,
    details: ['Asks both ends. Exit code 1 when something blocks it.'],
    arguments: [INSTANCE],
    options: { ...WHERE, json: JSON_OPTION },
    example: ['portolan switch plan mydb --to paris-small'],
    load: async () => (await import('./plan.ts')).switchPlan
  },
  {
    name: 'switch rehearse',
    summary: 'copy and verify without moving',
    isLive: true,
    details: ['The source lives on, and nothing is left. Tells what a switch would take.', ...FOLLOWED],
    arguments: [INSTANCE],
    options: { ...WHERE, ...HOW },
    example: ['portolan switch rehearse mydb --to paris-small'],
    load: async () => (await import('./rehearse.ts')).switchRehearse
  },
  {
    name: 'switch start',
    summary: 'move a service instance to another provider or region',
    isLive: true,
    details: ['As an update of its plan by the platform does.', ...FOLLOWED],
    arguments: [INSTANCE],
    options: { ...WHERE, ...MANUAL, ...HOW },
    example: [
      'portolan switch start mydb --to paris-small',
      'portolan switch start mydb --to paris-small --manual --within PT24H --accept loses-certification:c5'
    ],
    load: async () => (await import('./start.ts')).switchStart
  },
  {
    name: 'switch back',
    summary: 'move back to where the last switch came from',
    isLive: true,
    details: ['A switch of its own: what was written meanwhile goes along.', ...FOLLOWED],
    arguments: [INSTANCE],
    options: { ...MANUAL, ...HOW },
    example: ['portolan switch back mydb'],
    load: async () => (await import('./back.ts')).switchBack
  },
  {
    name: 'switch watch',
    summary: 'show how far a switch is, until it has ended',
    isLive: true,
    details: ['Exit code 0 when it has completed, else 1 with the reason. Ctrl-C only stops the watching.'],
    arguments: [ID],
    options: { json: JSON_OPTION },
    example: ['portolan switch watch 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./watch-command.ts')).switchWatch
  },
  {
    name: 'switch list',
    summary: 'list switches and rehearsals',
    isLive: true,
    options: {
      instance: { value: 'ID', help: 'only of this service instance' },
      kind: { value: 'KIND', help: 'only of this kind', choices: ['switch', 'rehearsal'] },
      state: { value: 'STATE', help: 'only in this state: copy, completed, rolled back …' },
      platform: { value: 'NAME', help: 'only of this platform' },
      ...PAGING
    },
    example: ['portolan switch list', 'portolan switch list --instance mydb --json'],
    load: async () => (await import('./list.ts')).switchList
  },
  {
    name: 'switch show',
    summary: 'show one switch: timeline, figures, findings, differences',
    isLive: true,
    arguments: [ID],
    options: { json: JSON_OPTION },
    example: ['portolan switch show 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./show.ts')).switchShow
  },
  {
    name: 'switch go',
    summary: 'begin the freeze of a manual switch',
    isLive: true,
    arguments: [ID],
    options: { json: JSON_OPTION },
    example: ['portolan switch go 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./go.ts')).switchGo
  },
  {
    name: 'switch cancel',
    summary: 'end a switch before its cut-over',
    isLive: true,
    details: ['The source is in use as before.'],
    arguments: [ID],
    options: { json: JSON_OPTION },
    example: ['portolan switch cancel 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./cancel.ts')).switchCancel
  },
  {
    name: 'switch erase',
    summary: 'erase the source of a switch before its time is over',
    isLive: true,
    details: ['Asks before, unless --yes is given. Cannot be undone.'],
    arguments: [ID],
    options: { yes: { help: 'do not ask' }, json: JSON_OPTION },
    example: ['portolan switch erase 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11'],
    load: async () => (await import('./erase.ts')).switchErase
  },
  {
    name: 'switch receipt',
    summary: 'print the signed receipt of a switch',
    isLive: true,
    details: ['A VC-JWT: `portolan receipt verify` checks it, anywhere.'],
    arguments: [ID],
    options: {
      erasure: { help: 'of the erasure of its source' },
      output: { value: 'FILE', help: 'write it there' }
    },
    example: ['portolan switch receipt 0b0a3a1e-5f0d-4d0c-9a54-2f6c3a9e7d11 --output receipt.jwt'],
    load: async () => (await import('./receipt.ts')).switchReceipt
  }
]
