import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type {
  MysqlAccess,
  ObjectStorageAccess,
  PostgresqlAccess,
  RedisAccess
} from '../../src/contract/access.ts'
import type { ProviderFailure } from '../../src/contract/errors.ts'
import { httpPort } from '../../src/transport/http.ts'
import { mysqlPort } from '../../src/transport/mysql.ts'
import { postgresqlPort } from '../../src/transport/postgresql.ts'
import { redisPort } from '../../src/transport/redis.ts'
import { s3Port } from '../../src/transport/s3.ts'
import { failureOf } from '../support/failures.ts'
import { OK, packet, TEXT_GREETING } from '../support/hostile-mysql.ts'
import { message } from '../support/hostile-postgres.ts'
import { type HostileStream, hostileStream, type Pour } from '../support/hostile-stream.ts'
import { postgresServer } from '../support/postgres-server.ts'

const { signal } = new AbortController()
const SECRET = 'Only-For-The-Right-Server-1'
/** More than any port takes before it leaves, with what is on the way in the buffers of both sides. */
const MEBIBYTE = 1024 * 1024

let server: HostileStream

async function meeting(meet: (socket: Socket, pour: Pour) => void): Promise<HostileStream> {
  server = await hostileStream(meet)
  return server
}

/** Ends within the time, and tells no secret. */
async function left(asked: Promise<unknown>, withinMs = 5000): Promise<ProviderFailure> {
  const began = performance.now()
  const failure = await failureOf(asked)
  expect(performance.now() - began).to.be.lessThan(withinMs)
  expect(failure.message).not.to.contain(SECRET)
  return failure
}

describe('a provider whose answers are an attack', function () {
  this.timeout(20_000)
  afterEach(() => server.close())

  describe('that tells where its server listens', () => {
    it('is told to have told no port, whatever speaks there', async () => {
      await meeting(() => undefined)
      for (const port of [-1, 0, 1.5, 65_536, 1e300, Number.NaN]) {
        const way = {
          host: '127.0.0.1',
          port,
          user: 'u',
          password: SECRET,
          database: 'd',
          network: 'private'
        }
        const use = () => Promise.resolve()
        const asked = [
          mysqlPort({ signal })({ kind: 'mysql', ...way } as MysqlAccess, use),
          postgresqlPort({ signal })({ kind: 'postgresql', ...way } as PostgresqlAccess, use),
          redisPort({ signal })({ kind: 'redis', ...way } as RedisAccess, use)
        ]
        for (const each of asked) expect((await left(each)).kind, String(port)).to.equal('unexpected')
      }
      expect(server.connections()).to.equal(0)
    })
  })

  describe('over HTTP', () => {
    const port = httpPort({ signal, network: 'private', timeoutSeconds: 1 })
    const headers = { 'x-auth-token': SECRET }
    const asked = (method: 'GET' | 'POST' = 'POST') =>
      port.send({ method, url: new URL(`http://127.0.0.1:${server.port}/`), headers })
    const answering = (head: string, after: (socket: Socket, pour: Pour) => void = () => undefined) =>
      meeting((socket, pour) =>
        socket.once('data', () => {
          socket.write(head)
          after(socket, pour)
        })
      )
    const HEAD = 'HTTP/1.1 200 OK\r\n'

    it('is left when its body has no end', async () => {
      await answering(`${HEAD}\r\n`, (_socket, pour) => pour('x'))
      expect(await left(asked())).to.include({ kind: 'unexpected', mayHaveHappened: true })
      expect(server.sent()).to.be.lessThan(20 * MEBIBYTE)
    })

    it('is left when its body comes in endless pieces of one byte', async () => {
      await answering(`${HEAD}transfer-encoding: chunked\r\n\r\n`, (_socket, pour) => pour('1\r\nx\r\n'))
      const { kind } = await left(asked())
      expect(kind).to.be.oneOf(['unexpected', 'unavailable'])
      expect(server.sent()).to.be.lessThan(60 * MEBIBYTE)
    })

    it('is left when it drips, however steadily', async () => {
      let dripping: NodeJS.Timeout | undefined
      await answering(`${HEAD}\r\n`, (socket) => {
        dripping = setInterval(() => socket.write(' '), 50)
      })
      const slow = await left(asked(), 3000)
      clearInterval(dripping)
      expect(slow).to.include({ kind: 'unavailable', mayHaveHappened: true })
      expect(slow.message).to.contain('in time')
    })

    for (const [what, head, piece] of [
      ['headers', HEAD, 'x-more: of them\r\n'],
      ['one header', `${HEAD}x-more: `, 'x'],
      ['hints that an answer comes', '', 'HTTP/1.1 103 Early Hints\r\n\r\n']
    ] as const) {
      it(`is left when it sends ${what} without end`, async () => {
        await answering(head, (_socket, pour) => pour(piece))
        expect((await left(asked(), 3000)).kind).to.equal('unavailable')
      })
    }

    it('is left when it changes the protocol', async () => {
      await answering('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
      expect(await left(asked(), 3000)).to.include({ kind: 'unavailable', mayHaveHappened: true })
    })

    it('is left when it ends before what it announced', async () => {
      await answering(`${HEAD}content-length: 100\r\n\r\n{`, (socket) => socket.end())
      expect(await left(asked())).to.include({ kind: 'unavailable', mayHaveHappened: true })
    })

    it('gets nothing unpacked', async () => {
      const bomb = gzipSync(Buffer.alloc(50 * MEBIBYTE))
      await answering(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`, (socket) =>
        socket.write(bomb)
      )
      expect(String((await asked()).body).length).to.be.lessThan(MEBIBYTE)
    })

    it('gets no depth parsed that nobody could walk through', async () => {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}']
      ] as const) {
        const deep = `${open.repeat(500_000)}1${close.repeat(500_000)}`
        await answering(`${HEAD}content-length: ${deep.length}\r\n\r\n${deep}`)
        expect((await left(asked())).kind).to.equal('unexpected')
        await server.close()
      }
      const fine = `{"text":"${'['.repeat(1000)}\\"[","list":${'['.repeat(99)}${']'.repeat(99)}}`
      await answering(`${HEAD}content-length: ${fine.length}\r\n\r\n${fine}`)
      expect((await asked()).body).to.include.keys('text', 'list')
    })

    it('changes no object but its own', async () => {
      const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
      await answering(`${HEAD}__proto__: polluted\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      const answer = await asked()
      expect({ ...(answer.body as object) }).not.to.have.property('polluted')
      expect({}).not.to.have.property('polluted')
      expect(Object.getPrototypeOf(answer.headers)).to.equal(Object.prototype)
    })

    it('sends nobody to another place, with or without our key', async () => {
      const elsewhere = await hostileStream(() => undefined)
      try {
        const place = `http://127.0.0.1:${elsewhere.port}/latest/meta-data`
        for (const to of [
          place,
          `//127.0.0.1:${elsewhere.port}/`,
          'http://169.254.169.254/',
          'file:///etc/passwd'
        ])
          for (const [method, status] of [
            ['GET', 302],
            ['POST', 307]
          ] as const) {
            await answering(`HTTP/1.1 ${status} Found\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`)
            expect((await left(asked(method))).kind, `${method} ${to}`).to.equal('unexpected')
            await server.close()
          }
        expect(elsewhere.connections()).to.equal(0)
      } finally {
        await elsewhere.close()
      }
    })
  })

  describe('as a Redis server', () => {
    const access = (): RedisAccess => ({
      kind: 'redis',
      host: '127.0.0.1',
      port: server.port,
      user: 'u',
      password: SECRET,
      network: 'private'
    })
    const asked = () =>
      redisPort({ signal, silenceMs: 1000 })(access(), (session) => session.command('ACL', 'LIST'))
    /** Lets everybody in; then it answers the question. */
    const answering = (answer: (socket: Socket, pour: Pour) => void) =>
      meeting((socket, pour) =>
        socket.once('data', () => {
          socket.once('data', () => answer(socket, pour))
          socket.write('%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n')
        })
      )

    for (const [what, head, piece] of [
      ['a text', '$60000000\r\n', 'x'],
      ['a text longer than it said', '$5\r\n', 'x'],
      ['a line', '+', 'x'],
      ['a list', '*900000\r\n', ':1\r\n'],
      ['lists of nothing', '*900000\r\n', '*0\r\n'],
      ['lists in lists', '', '*1\r\n'],
      ['announcements of long lists', '', '*30000000\r\n'],
      ['maps in maps', '', '%400000\r\n'],
      ['answers that nobody asked for', '+OK\r\n', '+OK\r\n'],
      ['news', '', '>1\r\n+news\r\n'],
      ['refusals without end', '-ERR ', 'x']
    ] as const) {
      it(`is left when it sends ${what}`, async () => {
        await answering((socket, pour) => {
          socket.write(head)
          pour(piece)
        })
        const twice = () =>
          redisPort({ signal, silenceMs: 1000 })(access(), async (session) => {
            await session.command('ACL', 'LIST')
            await session.command('ACL', 'LIST')
          })
        expect((await left(twice())).kind).to.be.oneOf(['unexpected', 'unavailable'])
      })
    }

    it('says so when an answer has no end', async () => {
      await answering((socket, pour) => {
        socket.write('$999999999\r\n')
        pour('x')
      })
      const { kind, message: told, mayHaveHappened } = await left(asked())
      expect({ kind, told, mayHaveHappened }).to.deep.equal({
        kind: 'unexpected',
        told: 'The Redis server sent more than any answer to a question of ours.',
        mayHaveHappened: true
      })
      expect(server.sent()).to.be.lessThan(10 * MEBIBYTE)
    })

    it('is understood, in whatever pieces its answer comes', async () => {
      const answer = '%2\r\n$1\r\na\r\n*3\r\n:1\r\n_\r\n,1.5\r\n+b\r\n~2\r\n#t\r\n=8\r\ntxt:text\r\n'
      await answering((socket) => {
        socket.setNoDelay(true)
        const pieces = answer.split('')
        const next = () => {
          const piece = pieces.shift()
          if (piece !== undefined) socket.write(piece, () => setImmediate(next))
        }
        next()
      })
      expect(await asked()).to.deep.equal(['a', [1, null, 1.5], 'b', [true, 'text']])
    })
  })

  describe('as a MySQL server', () => {
    const asked = () => {
      const access: MysqlAccess = {
        kind: 'mysql',
        host: '127.0.0.1',
        port: server.port,
        database: 'd',
        user: 'u',
        password: SECRET,
        network: 'private'
      }
      return mysqlPort({ signal, silenceMs: 5000 })(access, (session) => session.query('SELECT 1'))
    }
    const COLUMN = Buffer.from('\x03def\0\0\0\x01a\x01a\x0c\x3f\0\0\0\0\0\xfd\0\0\0\0\0', 'latin1')
    /** The packets of every number, so that the next is always the next. */
    const rounds = (first: number, body: Buffer) =>
      Buffer.concat(Array.from({ length: 256 }, (_, index) => packet((first + index) % 256, body)))

    /** Lets everybody in, takes what we pin, and answers the question. */
    const answering = (begin: readonly Buffer[], body: Buffer) =>
      meeting((socket, pour) => {
        let asks = 0
        socket.write(TEXT_GREETING)
        socket.on('data', (chunk: Buffer) => {
          asks += 1
          if (asks < 3) {
            socket.write(packet(((chunk[3] ?? 0) + 1) % 256, OK))
            return
          }
          begin.forEach((each, index) => socket.write(packet(index + 1, each)))
          pour(rounds(begin.length + 1, body))
        })
      })

    it('is left when it announces columns without end', async () => {
      await answering([Buffer.from([0xfd, 0xff, 0xff, 0xff])], COLUMN)
      expect((await left(asked(), 15_000)).kind).to.equal('unavailable')
      expect(server.sent()).to.be.lessThan(80 * MEBIBYTE)
    })

    it('is left when its rows have no end', async () => {
      await answering([Buffer.from([1]), COLUMN, Buffer.from([0xfe, 0, 0, 2, 0])], Buffer.from([0xfb]))
      expect((await left(asked(), 15_000)).kind).to.equal('unavailable')
      expect(server.sent()).to.be.lessThan(80 * MEBIBYTE)
    })

    it('is left when its greeting has no end', async () => {
      await meeting((socket, pour) => {
        socket.write(Buffer.from([0xff, 0xff, 0xff, 0]))
        pour('x')
      })
      expect((await left(asked(), 15_000)).kind).to.equal('unavailable')
      expect(server.sent()).to.be.lessThan(100 * MEBIBYTE)
    })
  })

  describe('as a PostgreSQL server', () => {
    const accessTo = (port: number): PostgresqlAccess => ({
      kind: 'postgresql',
      host: '127.0.0.1',
      port,
      database: 'd',
      user: 'u',
      password: SECRET,
      network: 'private'
    })
    const port = postgresqlPort({ signal, silenceMs: 5000 })

    for (const [what, piece] of [
      ['notices', message('N', 'SNOTICE\0\0')],
      ['settings', message('S', 'a\0b\0')],
      ['one message', Buffer.from('x')]
    ] as const) {
      it(`is left when it greets with ${what} without end`, async () => {
        await meeting((socket, pour) =>
          socket.once('data', () => {
            if (what === 'one message') socket.write(Buffer.from([0x4e, 0x7f, 0xff, 0xff, 0xff]))
            pour(piece)
          })
        )
        const asked = port(accessTo(server.port), (session) => session.query('SELECT 1'))
        expect((await left(asked, 15_000)).kind).to.be.oneOf(['unavailable', 'unexpected'])
        expect(server.sent()).to.be.lessThan(100 * MEBIBYTE)
      })
    }

    it('is left when its rows are few bytes and many values', async () => {
      await meeting(() => undefined)
      const { managedRoot } = await postgresServer()
      const columns = Array.from({ length: 1600 }, (_, index) => `NULL AS c${index}`).join()
      const asked = port(managedRoot, (session) =>
        session.query(`SELECT ${columns} FROM generate_series(1, 3000)`)
      )
      expect((await left(asked, 15_000)).kind).to.equal('unavailable')
    })
  })

  describe('as an object storage', () => {
    const bucket = () => {
      const access: ObjectStorageAccess = {
        kind: 'object-storage',
        endpoint: `http://127.0.0.1:${server.port}`,
        region: 'r',
        bucket: 'b',
        accessKeyId: 'k',
        secretAccessKey: SECRET,
        pathStyle: true,
        network: 'private'
      }
      return s3Port({ signal, timeoutSeconds: 3 })(access)
    }
    const answering = (body: string, after?: string) =>
      meeting((socket, pour) =>
        socket.once('data', () => {
          const told = after === undefined ? `content-length: ${Buffer.byteLength(body)}\r\n` : ''
          socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\n${told}\r\n${body}`)
          if (after !== undefined) pour(after)
        })
      )

    it('is left when its list has no end', async () => {
      await answering('<ListVersionsResult>', '<Version><Key>k</Key></Version>')
      expect((await left(bucket().versions())).kind).to.equal('unexpected')
      expect(server.sent()).to.be.lessThan(20 * MEBIBYTE)
    })

    it('gets no entities of its own', async () => {
      const entities = Array.from({ length: 20 }, (_, index) =>
        index === 0 ? '<!ENTITY e0 "xxxxxxxxxx">' : `<!ENTITY e${index} "${`&e${index - 1};`.repeat(10)}">`
      )
      const xml = `<?xml version="1.0"?><!DOCTYPE t [${entities.join('')}]><Tagging><TagSet><Tag><Key>k</Key><Value>&e19;</Value></Tag></TagSet></Tagging>`
      await answering(xml)
      const began = performance.now()
      const told = await bucket()
        .tags()
        .then(JSON.stringify, (error: ProviderFailure) => error.kind)
      expect(told.length).to.be.lessThan(1000)
      expect(performance.now() - began).to.be.lessThan(3000)
    })

    it('gets no file of ours told', async () => {
      const xml =
        '<?xml version="1.0"?><!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/passwd">]><Tagging><TagSet><Tag><Key>k</Key><Value>&e;</Value></Tag></TagSet></Tagging>'
      await answering(xml)
      const told = await bucket()
        .tags()
        .then(JSON.stringify, (error: ProviderFailure) => error.kind)
      expect(told).not.to.contain('root:')
    })

    it('is left when it nests without end', async () => {
      await answering(`<Tagging>${'<a>'.repeat(300_000)}${'</a>'.repeat(300_000)}</Tagging>`)
      const told = await bucket()
        .tags()
        .then(
          () => 'nothing',
          (error: ProviderFailure) => error.kind
        )
      expect(told).to.be.oneOf(['nothing', 'unexpected'])
    })
  })
})
