import type { Command } from '../command.ts'

export const ADAPTER_COMMANDS: readonly Command[] = [
  {
    name: 'adapter new',
    summary: 'write a complete adapter into ./NAME',
    details: [
      'A driver, its client, a fake provider, its enrolment in the conformance kit, and catalog files. It passes the',
      'kit as it is; make one file after the other true. adapters/README.md tells how.'
    ],
    arguments: [{ name: 'NAME', help: 'of the adapter and its folder: a-z, 0-9 and "-"' }],
    example: ['portolan adapter new acme'],
    load: async () => (await import('./new.ts')).adapterNew
  },
  {
    name: 'adapter test',
    summary: 'play the conformance kit with one adapter',
    details: [
      "Compiles it and plays every scene against the adapter's own fake or servers; nothing has to be installed beside",
      'it. A scene is passed, failed, or skipped with a reason. Exit code 1 when one failed.',
      'The adapter runs with all rights of whoever calls this.'
    ],
    arguments: [
      { name: 'ADAPTER', help: 'one that comes with the program, a folder, or an installed package' }
    ],
    options: {
      only: { value: 'SCENE', help: 'only this scene of the kit' },
      'all-faults': { help: 'break every outbound call in every way, not a sample of them' },
      json: { help: 'print JSON instead of a table' }
    },
    example: ['portolan adapter test ./acme', "portolan adapter test scaleway --only 'faults in create'"],
    load: async () => (await import('./test.ts')).adapterTest
  },
  {
    name: 'adapter fake',
    summary: 'start the fake of an adapter, for a broker to be set to',
    details: [
      'Starts what `fake` of its conformance.ts starts, with the real servers behind it, and prints what portolan.yaml says',
      'of it. Its time goes as ours. It stands until Ctrl-C, and forgets everything then.'
    ],
    arguments: [{ name: 'ADAPTER', help: 'a folder, or an installed package' }],
    options: { json: { help: 'print JSON instead of YAML' } },
    example: ['portolan adapter fake ./acme'],
    load: async () => (await import('./fake.ts')).adapterFake
  }
]
