import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { findCommand } from '../../../src/cli/commands.ts'
import { driftText } from '../../../src/cli/drift-text.ts'
import { readInput } from '../../../src/cli/read-input.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { newId } from '../../../src/domain/new-id.ts'
import { type Cloud, listedIn, openCloud, plant } from '../../support/cloud.ts'
import { type Core, openCore } from '../../support/core.ts'
import { databases, type Place } from '../../support/databases.ts'
import { OPS, operatorOf } from '../../support/operator.ts'
import { provision } from '../../support/requests.ts'

/** As somebody with rights at the provider may call things. */
const NAMES = [
  'pabcdefghijklmnop234567',
  '--yes',
  '-x',
  '--name=other',
  '--',
  '-h',
  'a b  c',
  '  a ',
  '$(touch /tmp/owned)',
  '`id`; rm -rf "$HOME" & * ? [a] {b,c} ~ !! # | > x',
  'it\'s "so" \\',
  '~root',
  '=ls',
  'naïve-ü'
]
/** Nothing that a terminal shows can stand for these. */
const UNSEEN = ['a\nportolan instances purge x --yes', 'a\tb', '\u001b[31mred', 'a\u202egnp.exe', 'tail\n']

describe('The commands that portolan drift prints', () => {
  let place: Place
  let cloud: Cloud
  let core: Core

  before(async () => {
    const [database] = databases
    if (!database) throw new Error('no database')
    place = await database.fresh()
  })
  beforeEach(async () => {
    cloud = openCloud()
    core = await openCore(place.address, { cloud })
  })
  afterEach(() => core.close())
  after(() => place.drop())

  async function printed(names: readonly string[]): Promise<string> {
    for (const name of names) plant(cloud, name, { broker: core.brokerId, resource: newId(), generation: 1 })
    const operator = operatorOf(core, [], {
      list: async (provider) =>
        provider === 'north'
          ? [{ provider, family: 'box', listed: await listedIn(cloud, core.brokerId) }]
          : []
    })
    return driftText((await operator.showDrift()) as unknown as JsonObject)
  }

  /** What the command line makes of each, after a POSIX shell has read the line. */
  function pasted(text: string) {
    const lines = text.split('\n').filter((line) => line.startsWith('  portolan '))
    const script = [`portolan() { printf '%s\\0' "$@"; printf '\\0\\n'; }`, ...lines].join('\n')
    const calls = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0\0\n').slice(0, -1)
    return calls.map((call) => {
      const words = call.split('\0')
      const command = findCommand(words)
      if (!command) throw new Error(`no such command: ${call}`)
      const input = readInput(command, words.slice(command.name.split(' ').length))
      if (input === 'help') throw new Error(`it is asked for help: ${call}`)
      return { command: command.name, ...input }
    })
  }

  it('name what is meant when they are pasted, whatever it is called', async () => {
    const found = pasted(await printed(NAMES))
    const named = (command: string) =>
      found.filter((each) => each.command === command).map((each) => each.arguments['NAME'])
    expect(named('drift delete')).to.have.members(NAMES)
    expect(named('instances adopt')).to.have.members(NAMES)
    expect(found).to.have.length(2 * NAMES.length)
    for (const { command, options } of found)
      expect(Object.keys(options)).to.have.members(
        command === 'drift delete' ? [] : ['service', 'plan', 'platform', 'instance']
      )
  })

  it('leave a name to the operator that a terminal does not show as it is', async () => {
    const text = await printed(UNSEEN)
    const found = pasted(text)
    expect(found).to.have.length(2 * UNSEEN.length)
    expect(new Set(found.map((each) => each.arguments['NAME']))).to.deep.equal(new Set(['NAME']))
    expect(text).to.not.match(/purge x --yes\s*\n/)
  })

  it('name the instance that was meant, whatever its platform calls it', async () => {
    for (const id of ['-x', '--yes', "o'brien"]) await provision(core, id, 'quick')
    const operator = operatorOf(core)
    const names: string[] = []
    for (const id of ['-x', '--yes', "o'brien"]) {
      const { resources } = await operator.showInstance(id)
      names.push(resources[0]?.name ?? '')
      await operator.purgeInstance(OPS, id)
    }
    const adopted = pasted(await printed([])).filter(({ command }) => command === 'instances adopt')
    expect(adopted.map(({ options }) => options['instance'])).to.have.members(['-x', '--yes', "o'brien"])
    expect(adopted.map((each) => each.arguments['NAME'])).to.have.members(names)
  })
})
