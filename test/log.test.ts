import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { createLog } from '../src/log.ts'

describe('the log', () => {
  function logOf(secrets: readonly string[], write: (log: ReturnType<typeof createLog>) => void): string {
    let text = ''
    write(createLog({ level: 'info', secrets, destination: { write: (line) => void (text += line) } }))
    return text
  }

  it('hides configured secrets wherever they turn up, however they are written', () => {
    const secret = 'q"7/ü\\z secret'
    const text = logOf([secret], (log) => {
      log.info({ note: `x ${secret} y`, deep: { list: [secret] } }, `said ${secret}`)
      log.error({ err: new Error(`refused ${encodeURIComponent(secret)}`) }, 'failed')
    })
    expect(text).to.not.include('7/ü').and.not.include(encodeURIComponent(secret))
    expect(text.match(/\[hidden\]/g)).to.have.length.greaterThan(3)
    for (const line of text.trim().split('\n')) expect(JSON.parse(line)).to.be.an('object')
  })

  it('hides fields by name, logins in URLs and what follows a scheme', () => {
    const text = logOf([], (log) => {
      log.info({ password: 'aaa-1', credentials: { uri: 'aaa-2' }, handle: { secret: 'aaa-3' } }, 'x')
      log.info('postgres://user:aaa-4@host/db and Basic aaa4aaa5aaa6== and Bearer aaa7aaa8.x')
    })
    expect(text).to.not.match(/aaa/)
    expect(text).to.include('postgres://user:[hidden]@host/db')
  })

  it('tells of an error and its causes what went wrong and where, and nothing that it carries', () => {
    const cause = Object.assign(new Error('the cause'), { code: '23505', detail: 'Key (a)=(aaa-5) exists' })
    const error = Object.assign(new TypeError('the outside', { cause }), {
      handle: { v: 1, name: 'n', admin: 'aaa-6' },
      list: ['aaa-7']
    })
    const text = logOf([], (log) => {
      log.error({ err: error }, 'failed')
      log.error(error)
      log.error({ err: 'just a text' }, 'failed')
    })
    expect(text).to.not.match(/aaa/)
    for (const told of ['TypeError', 'the outside', 'the cause', '23505', 'log.test.ts', 'just a text'])
      expect(text).to.include(told)
  })

  it('writes control characters so that they cannot begin a line', () => {
    const text = logOf([], (log) => log.info({ path: 'a\nb\u001b[31m' }, 'x'))
    expect(text.trim().split('\n')).to.have.length(1)
    expect(text).to.not.include('\u001b')
  })

  it('loses no line when the process ends', () => {
    const program = `
      import { createLog } from ${JSON.stringify(new URL('../src/log.ts', import.meta.url).href)}
      createLog({ level: 'info', secrets: [] }).info('the last word')
      process.exit(0)`
    const text = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8'
    })
    expect(text).to.include('the last word')
  }).timeout(10_000)
})
