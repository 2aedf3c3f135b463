import { expect } from 'chai'
import { duration, size } from '../../src/cli/switch/duration.ts'
import { progressDisplay } from '../../src/cli/switch/progress-display.ts'
import { progressLine } from '../../src/cli/switch/progress-line.ts'
import { switchText } from '../../src/cli/switch/switch-text.ts'
import type { JsonObject } from '../../src/contract/json.ts'

const COPYING: JsonObject = {
  id: 's1',
  state: 'copy',
  frozenMs: 12_300,
  progress: {
    bytes: 412_000_000,
    totalBytes: 824_000_000,
    objects: 14,
    totalObjects: 24,
    percent: 50,
    secondsLeft: 90,
    what: 'table shop.orders'
  }
}

describe('how a switch is shown', () => {
  it('on one line: bar, percent, amounts, time left, what is worked on, length of the freeze so far', () => {
    expect(progressLine(COPYING)).to.equal(
      'copy      [##########----------]  50 %, frozen for 12.3 s, 412 MB of 824 MB, 14 of 24 objects, about 1 min 30 s left, table shop.orders'
    )
  })

  it('with what it waits for, and that it is being cancelled', () => {
    const waiting = { id: 's1', state: 'ready', waitsForGo: true, deadlineAt: '2026-01-02T03:04:05.000Z' }
    expect(progressLine(waiting)).to.equal(
      'ready: waiting for go until 2026-01-02 03:04:05 UTC (portolan switch go s1)'
    )
    expect(progressLine({ state: 'copy', cancel: 'by operator' })).to.equal('copy (is being cancelled)')
  })

  it('never moves the cursor for what somebody else wrote', () => {
    const hostile = {
      ...COPYING,
      progress: { ...(COPYING['progress'] as JsonObject), what: 'a\u001b[2J\u202eb' }
    }
    expect(progressLine(hostile)).to.not.match(/\p{C}/u)
  })

  /** What was written to a screen. */
  function shown(
    screen: { isTTY?: boolean; columns?: number },
    terminal: string,
    ...seen: JsonObject[]
  ): string {
    let text = ''
    const display = progressDisplay({ ...screen, write: (more) => (text += more) }, terminal)
    for (const each of seen) display.show(each)
    display.end()
    return text
  }

  it('on a terminal draws one line again and again, never wider than the screen', () => {
    const text = shown({ isTTY: true, columns: 40 }, 'xterm', { state: 'precheck' }, COPYING)
    const drawn = text.split('\r\u001b[2K')
    expect(drawn.map((line) => line.trimEnd())).to.deep.equal([
      '',
      'precheck',
      'copy      [##########----------]  50 %,'
    ])
    expect(text.match(/\n/g)).to.have.length(1)
    // As `script` and some containers say it.
    const unknown = shown({ isTTY: true, columns: 0 }, 'xterm', COPYING)
    expect(unknown.trimEnd()).to.have.length.above(60)
  })

  it('elsewhere, and on a dumb terminal, is a line for each state', () => {
    for (const [screen, terminal] of [
      [{}, 'xterm'],
      [{ isTTY: true }, 'dumb']
    ] as const) {
      const text = shown(screen, terminal, { state: 'copy' }, COPYING, COPYING, { state: 'verify' })
      expect(text).to.equal('copy\nverify\n')
    }
  })

  it('tells times and sizes for people', () => {
    const times = [850, 12_300, 125_000, 11_400_000, 86_400_000].map(duration)
    expect(times).to.deep.equal(['850 ms', '12.3 s', '2 min 5 s', '3 h 10 min', '1 d'])
    expect([12, 4_200, 412_000_000, 52e9].map(size)).to.deep.equal(['12 B', '4 kB', '412 MB', '52 GB'])
  })

  it('reports differences by object, how many more there are, and how long each state took', () => {
    const text = switchText({
      id: 's1',
      state: 'rolled back',
      reason: 'the copy is different',
      timeline: [
        { state: 'freeze', at: '2026-01-02T03:04:05.000Z' },
        { state: 'copy', at: '2026-01-02T03:04:06.500Z' },
        { state: 'rolled back', at: '2026-01-02T03:06:06.500Z' }
      ],
      figures: { bytes: 5_000_000, rows: 7, objects: 2, copyMs: 1200, verifyMs: 300, freezeMs: 121_500 },
      verification: {
        verdict: 'different',
        differences: [{ object: 'table shop.orders', source: '7 rows', target: '6 rows' }],
        different: 3,
        compared: { table: 2 },
        unverified: ['function f could not be read'],
        notes: [],
        digest: 'abc'
      }
    })
    expect(text)
      .to.match(/freeze +2026-01-02 03:04:05 +1.5 s\n/)
      .and.match(/copy +2026-01-02 03:04:06 +2 min\n/)
      .and.match(/nobody could write for +2 min 1 s\n/)
      .and.match(/table shop.orders +7 rows +6 rows\nand 2 more\n/)
      .and.match(/Not verified\nfunction f could not be read\n/)
  })
})
