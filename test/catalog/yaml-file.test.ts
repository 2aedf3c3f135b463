import { expect } from 'chai'
import { parseYaml, readYaml } from '../../src/catalog/yaml-file.ts'

function valueOf(text: string): unknown {
  const read = parseYaml('f.yaml', text)
  return 'value' in read ? read.value : undefined
}

function problemsOf(text: string): readonly string[] {
  const read = parseYaml('f.yaml', text)
  return 'value' in read ? [] : read.map((problem) => `${problem.line}: ${problem.text}`)
}

describe('A YAML file', () => {
  it('is read as YAML 1.2: no is a text, a date is a text', () => {
    expect(valueOf('country: no\nday: 2026-11-24\nyes: true')).to.deep.equal({
      country: 'no',
      day: '2026-11-24',
      yes: true
    })
  })

  it('may use anchors', () => {
    expect(valueOf('a: &x { k: 1 }\nb: *x')).to.deep.equal({ a: { k: 1 }, b: { k: 1 } })
  })

  it('tells the line behind an alias where the value is written', () => {
    const read = parseYaml('f.yaml', 'a: &x\n  k: 1\nb: *x\n')

    expect('value' in read && read.lineOf(['b', 'k'])).to.equal(2)
  })

  it('tells the line of the nearest thing there is for a value that is missing', () => {
    const read = parseYaml('f.yaml', 'a:\n  - b: 1\n  - c: 2\n')

    expect('value' in read && read.lineOf(['a', 1, 'none', 'deeper'])).to.equal(3)
  })

  it('whose aliases multiply is refused at once', () => {
    const levels = Array.from({ length: 30 }, (_, index) => {
      const inner = index === 0 ? 'x' : `*l${index - 1}`
      return `l${index}: &l${index} [${Array.from({ length: 10 }, () => inner).join(', ')}]`
    })
    const started = process.cpuUsage()

    expect(problemsOf(levels.join('\n'))).to.deep.equal(['1: its aliases stand for too much'])
    expect(process.cpuUsage(started).user / 1e6, 'seconds of this process').to.be.below(5)
  })

  it('whose alias holds itself is refused', () => {
    expect(problemsOf('a: &a [*a]')).to.have.length(1)
  })

  it('with __proto__ is refused and changes no prototype', () => {
    expect(problemsOf('a: 1\n__proto__:\n  polluted: true')).to.deep.equal([
      '2: __proto__ is not a name to use'
    ])
    expect({}).not.to.have.property('polluted')
  })

  it('with null or infinity is refused, by line', () => {
    expect(problemsOf('a: 1\nb: null\nc: .inf')).to.have.members([
      '2: b is empty; give it a value or leave it out',
      '3: c is not a number that JSON knows'
    ])
  })

  it('nested without end is refused', () => {
    expect(problemsOf(`a: ${'['.repeat(40)}1${']'.repeat(40)}`)).to.deep.equal([
      '1: is nested deeper than 32 levels'
    ])
  })

  it('with a tag of another program is refused', () => {
    expect(problemsOf('a: !!js/function "x"')[0]).to.match(/^1: /)
  })

  it('of two documents, or larger than a mebibyte, is refused', () => {
    expect(problemsOf('a: 1\n---\nb: 2')).to.have.length(1)
    expect(problemsOf(`a: ${'x'.repeat(1024 * 1024)}`)).to.have.length(1)
  })

  it('that cannot be read is a problem, not a crash', async () => {
    expect(await readYaml('/nowhere/at/all.yaml')).to.deep.equal([
      { file: '/nowhere/at/all.yaml', line: 1, text: 'cannot be read: ENOENT' }
    ])
  })
})
