import { expect } from 'chai'
import { explainError, explainOutput } from '../../src/local/explain.ts'

const scene = { server: 'berlin', folder: '/data/berlin', port: 20001, logFile: '/data/berlin.log' }

describe('what PostgreSQL said, told in one sentence', () => {
  const said: ReadonlyArray<readonly [string, string, string]> = [
    [
      'port-taken',
      '2026-11-24 09:00:00.000 UTC [1] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\n2026-11-24 09:00:00.000 UTC [1] FATAL:  could not create any TCP/IP sockets\n',
      'Port 20001 of the local server berlin is taken by another program: stop that program.'
    ],
    [
      'disk-full',
      'initdb: error: could not write to file "pg_wal/xlogtemp.1": No space left on device\n',
      'The disk is full: the local server berlin could not write below /data/berlin.'
    ],
    [
      'permission',
      'initdb: error: could not access directory "/root/x": Permission denied\n',
      'A permission is missing for the local server berlin below /data/berlin: could not access directory "/root/x": Permission denied.'
    ],
    [
      'other',
      '2026-11-24 09:00:00.000 UTC [1] FATAL:  database files are incompatible with server\n',
      'The PostgreSQL of the local server berlin could not start: database files are incompatible with server (log: /data/berlin.log).'
    ],
    [
      'other',
      '',
      'The PostgreSQL of the local server berlin could not start: it said nothing (log: /data/berlin.log).'
    ]
  ]
  for (const [kind, output, sentence] of said) {
    it(`${kind}: ${sentence}`, () => {
      const error = explainOutput(output, scene)
      expect([error.kind, error.message]).to.deep.equal([kind, sentence])
    })
  }

  it('names the software and its last complaint before it gave up', () => {
    const output = "2026-11-28 [ERROR] Unknown option '--x'\n2026-11-28  3:00:00 0 [ERROR] Aborting\n"
    expect(explainOutput(output, { ...scene, software: 'MariaDB' }).message).to.equal(
      "The MariaDB of the local server berlin could not start: Unknown option '--x' (log: /data/berlin.log)."
    )
  })

  it('reads the codes of system calls', () => {
    const failed = (code: string) =>
      explainError(Object.assign(new Error('write failed'), { code }), scene).kind
    expect(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'].map(failed)).to.deep.equal([
      'disk-full',
      'disk-full',
      'permission',
      'permission',
      'other'
    ])
  })

  it('passes on what is a sentence already', () => {
    const error = explainOutput('', scene)
    expect(explainError(error, scene)).to.equal(error)
  })
})
