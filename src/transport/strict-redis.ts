import type { LookupFunction, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { RedisAccess } from '../contract/access.ts'
import { ProviderFailure } from '../contract/errors.ts'
import { guardedSocket } from './guarded-socket.ts'
import { Refusal, type Reply, RespReader } from './resp.ts'

/** More than any answer to one command of ours; a hostile server cannot fill the memory. */
const MAXIMUM_ANSWER_BYTES = 64 * 1024 * 1024
/** Beyond it, lists of nothing would cost more than their bytes. */
const MAXIMUM_ANSWER_VALUES = 250_000

export interface StrictRedis {
  /** Ends when the server has let us in. */
  connect(): Promise<void>
  /** Throws `Refusal` for what the server refused. */
  send(words: readonly (string | Buffer)[]): Promise<Reply>
  /** Breaks the connection at once. */
  cut(reason: Error): void
  /** Why it was cut, when it was. */
  reason(): Error | undefined
}

export interface StrictRedisOptions {
  readonly lookup?: LookupFunction | undefined
  readonly maximumAnswerBytes?: number | undefined
}

interface Question {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/**
 * A client that goes to no wrong address and never connects a second time. Redis knows no login that hides the password from the
 * server, so nothing but the certificate protects it: without TLS it is sent to loopback only.
 */
export function strictRedis(access: RedisAccess, options: StrictRedisOptions = {}): StrictRedis {
  const questions: Question[] = []
  let cutFor: Error | undefined
  const plain = guardedSocket(access, options.lookup)
  let socket: Socket = plain
  const cut = (reason: Error) => {
    cutFor ??= reason
    socket.destroy()
    plain.destroy()
    for (const { reject } of questions.splice(0)) reject(cutFor)
  }
  const reader = readerOf(options, (reply) => {
    const question = questions.shift()
    if (question === undefined) cut(new Error('the server answered what nobody had asked'))
    else if (reply instanceof Refusal) question.reject(reply)
    else question.resolve(reply)
  })
  const listen = (chunk: Buffer) => {
    try {
      reader.read(chunk)
    } catch (error) {
      cut(error instanceof RangeError ? tooMuch(error) : (error as Error))
    }
  }
  const send = (words: readonly (string | Buffer)[]) =>
    new Promise<Reply>((resolve, reject) => {
      if (cutFor !== undefined) return reject(cutFor)
      questions.push({ resolve, reject })
      socket.write(encoded(words))
    })
  return {
    async connect() {
      plain.setNoDelay(true)
      plain.connect(access.port)
      await standing(plain, 'connect', cut)
      if (access.tls !== undefined) {
        socket = secured(plain, access.host, access.tls)
        await standing(socket, 'secureConnect', cut)
      }
      socket.on('data', listen)
      // One command with login and name, which a server at work on a script still answers.
      await send(['HELLO', '3', 'AUTH', access.user, access.password, 'SETNAME', 'portolan'])
    },
    send,
    cut,
    reason: () => cutFor
  }
}

function readerOf({ maximumAnswerBytes }: StrictRedisOptions, onReply: (reply: Reply) => void): RespReader {
  const bytes = maximumAnswerBytes ?? MAXIMUM_ANSWER_BYTES
  return new RespReader({ bytes, values: MAXIMUM_ANSWER_VALUES }, onReply)
}

function secured(plain: Socket, host: string, { ca, servername }: NonNullable<RedisAccess['tls']>): Socket {
  return connectTls({
    socket: plain,
    // The name that the certificate must carry.
    host: servername ?? host,
    rejectUnauthorized: true,
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca })
  })
}

/** Resolves when it has connected; whatever ends it later cuts it. */
function standing(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  cut: (reason: Error) => void
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      cut(error)
      reject(error)
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the connection was closed')))
    socket.once(event, () => resolve())
  })
}

function encoded(words: readonly (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = Buffer.from(word as string)
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]
  })
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts])
}

function tooMuch(cause: Error): ProviderFailure {
  const text = 'The Redis server sent more than any answer to a question of ours.'
  return new ProviderFailure('unexpected', text, { mayHaveHappened: true, cause })
}
