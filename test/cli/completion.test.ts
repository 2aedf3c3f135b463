import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { COMMANDS } from '../../src/cli/commands.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { need } from '../support/need.ts'
import { type Desk, desk } from '../support/portolan.ts'

describe('portolan completion', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk
  let script: string

  before(async () => {
    at = desk()
    script = join(at.folder, 'completion.bash')
    writeFileSync(script, (await at.run(['completion', 'bash'])).out)
  })
  after(() => at.remove())

  /** What bash offers when TAB is pressed at the end of the line. */
  function offered(line: string): string[] {
    const words = line.split(' ')
    const quoted = words.map((word) => `'${word}'`).join(' ')
    const code = `source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _portolan; printf '%s\\n' "\${COMPREPLY[@]}"`
    const out = execFileSync(need('bash'), ['--norc', '-c', code], { encoding: 'utf8' })
    return out.split('\n').filter((word) => word !== '')
  }

  it('completes the first words', () => {
    const first = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))]
    expect(offered('portolan ')).to.have.members([...first, '--help', '--version'])
    expect(offered('portolan in')).to.deep.equal(['instances'])
    expect(offered('portolan co')).to.deep.equal(['completion'])
  })

  it('completes second words and options of each command', () => {
    expect(offered('portolan operations r')).to.deep.equal(['retry'])
    expect(offered('portolan catalog ')).to.have.members(['check', 'show', '--help'])
    for (const { name, options = {} } of COMMANDS) {
      const expected = [...Object.keys(options).map((option) => `--${option}`), '--help']
      expect(offered(`portolan ${name} --`), name).to.have.members(expected)
    }
  })

  it('completes options after arguments and other options', () => {
    expect(offered('portolan instances purge mydb --y')).to.deep.equal(['--yes'])
    expect(offered('portolan instances --json --pl')).to.deep.equal(['--platform'])
  })

  it('completes the choices of a value, and guesses none where there are none', () => {
    expect(offered('portolan instances --state ')).to.have.members([
      'creating',
      'ready',
      'failed',
      'deleting',
      'deleted'
    ])
    expect(offered('portolan operations --state in')).to.deep.equal(['in\\ progress'])
    expect(offered('portolan instances --platform ')).to.deep.equal([])
    expect(offered('portolan completion ')).to.include.members(['bash', 'zsh'])
  })

  it('offers zsh the same', async () => {
    const { code, out } = await at.run(['completion', 'zsh'])
    expect(code).to.equal(0)
    expect(out).to.match(/^#compdef portolan\n/)
    const bash = (await at.run(['completion', 'bash'])).out
    const casesOf = (text: string) => /case "\$first[^]*?esac/.exec(text)?.[0]
    expect(casesOf(out)).to.be.a('string').and.to.equal(casesOf(bash))
  })
})
