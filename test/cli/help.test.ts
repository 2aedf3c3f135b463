import { expect } from 'chai'
import { COMMANDS } from '../../src/cli/commands.ts'
import { matches } from '../../src/identity/password-hash.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { type Desk, desk } from '../support/portolan.ts'

describe('portolan: help, usage and version', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk

  before(() => {
    at = desk()
  })
  after(() => at.remove())

  it('lists every command and what the exit codes mean', async () => {
    const { code, out, err } = await at.run(['help'])
    expect([code, err]).to.deep.equal([0, ''])
    for (const { name, summary } of COMMANDS) expect(out).to.include(name).and.include(summary)
    expect(out).to.match(/Exit codes:\n\s+0 .*\n\s+1 .*\n\s+2 .*\n\s+3 .*\n\s+4 /)
  })

  it('without a word shows the same, as a mistake', async () => {
    const { code, out } = await at.run([])
    expect(code).to.equal(2)
    expect(out).to.equal((await at.run(['--help'])).out)
  })

  for (const { name, example, options = {}, arguments: described = [] } of COMMANDS) {
    it(`${name} --help tells options, arguments and an example, and does nothing`, async () => {
      const { code, out, err } = await at.run([...name.split(' '), '--help'])
      expect([code, err]).to.deep.equal([0, ''])
      for (const option of Object.keys(options)) expect(out).to.include(`--${option}`)
      for (const argument of described) expect(out).to.include(argument.name)
      for (const line of example) expect(out).to.include(line)
      expect(example.join('\n')).to.include(`portolan ${name}`)
      for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(120)
    })
  }

  it('help COMMAND shows the same, and help of a first word all that begin with it', async () => {
    const one = await at.run(['instances', 'purge', '--help'])
    expect((await at.run(['help', 'instances', 'purge'])).out).to.equal(one.out)
    const adapter = await at.run(['adapter', '--help'])
    expect(adapter).to.include({ code: 0, out: (await at.run(['help', 'adapter'])).out })
    expect(adapter.out).to.include('portolan adapter new').and.to.include('portolan adapter test')
    const all = (await at.run(['help', 'instances'])).out
    expect(all).to.include('portolan instances:').and.include('portolan instances show:').and.include(one.out)
    expect((await at.run(['help', 'keys'])).out).to.include('portolan keys rotate')
    expect((await at.run(['help', 'nix'])).code).to.equal(2)
  })

  it('tells its version', async () => {
    for (const words of [['version'], ['--version']])
      expect((await at.run(words)).out).to.match(/^portolan \d+\.\d+\.\d+\n$/)
  })

  const MISTAKES: Readonly<Record<string, RegExp>> = {
    nix: /there is no command "nix"; there are start, .*version/,
    catalog: /which one: catalog check, catalog show\?/,
    'catalog nix': /there is no command "catalog nix"; there are catalog check/,
    'operations nix': /there is no command "operations nix"; there are operations show/,
    'instances show': /ID is missing/,
    'instances show a b': /"b" is one word too many/,
    'instances --nix': /there is no option --nix/,
    'instances -j': /there is no option -j/,
    'instances --limit': /--limit needs a value/,
    'instances --limit --json': /--limit needs a value/,
    'instances --json=yes': /--json takes no value/,
    'instances --state gone': /--state must be one of creating, ready/,
    'instances show a --limit 3': /there is no option --limit/,
    'switch start mydb': /--to is missing/,
    'switch start --to x': /INSTANCE is missing/,
    'switch plan mydb --to': /--to needs a value/,
    'switch start mydb --to x --accept': /--accept needs a value/,
    'completion fish': /SHELL must be one of bash, zsh/,
    'start now': /"now" is one word too many/,
    'instances --__proto__': /there is no option --__proto__/
  }
  for (const [line, sentence] of Object.entries(MISTAKES)) {
    it(`portolan ${line}: one sentence and exit code 2`, async () => {
      const { code, out, err } = await at.run(line.split(' '))
      expect([code, out]).to.deep.equal([2, ''])
      expect(err).to.match(sentence)
      expect(err.trimEnd().split('\n')).to.have.length(1)
    })
  }

  it('password hash makes what the settings take, of standard input only', async () => {
    const { code, out } = await at.run(['password', 'hash'], {}, 'a person chose this\nnot this\n')
    expect(code).to.equal(0)
    expect(await matches('a person chose this', out.trim())).to.equal(true)
    expect((await at.run(['password', 'hash', 'a person chose this'])).code).to.equal(2)
    expect((await at.run(['password', 'hash'])).err).to.include('the password is empty')
  })
})
