import { expect } from 'chai'
import { processAt } from '../../src/local/processes.ts'
import { runOnce } from '../../src/local/run-once.ts'

describe('A program that makes a local server', () => {
  const run = (script: string, withinMs?: number) =>
    runOnce({ user: undefined }, 'sh', ['-c', script], 'given', withinMs)

  it('tells how it ended and what it wrote', async () => {
    expect(await run('cat; echo " and more" >&2; exit 3')).to.deep.equal({
      code: 3,
      output: 'given and more\n'
    })
  })

  it('that does not end is ended, and says so behind what it wrote', async () => {
    const { code, output } = await run('echo "$$"; exec sleep 600', 500)
    expect(code).to.equal(null)
    expect(output).to.match(/^\d+\nerror: it did not end within 0.5 seconds\n$/)
    expect(processAt(Number.parseInt(output, 10))).to.equal(undefined)
  })
})
