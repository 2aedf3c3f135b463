import { ProviderFailure } from '../contract/errors.ts'
import { MysqlError, type Ports, RedisCode, SqlState } from '../contract/ports.ts'
import { S3Code } from '../contract/s3.ts'
import { aroundEach } from './around-each.ts'
import type { Circuits } from './circuits.ts'

/** Whose calls they are, and what ends them. */
export interface Guard {
  readonly circuits: Circuits
  readonly provider: string
  readonly signal: AbortSignal
}

/** What servers say when they refuse: each port that hands over such words as a `cause` has its class here. */
const SAID_BY_SERVERS = [SqlState, MysqlError, RedisCode, S3Code] as const

/** The ports behind the circuit breakers. A port that is missing here is not guarded: the type asks for each. */
export function guardedPorts(ports: Ports, guard: Guard): Ports {
  return {
    http: { send: (request) => asked(guard, addressOf(request.url), () => ports.http.send(request)) },
    postgresql: connecting(guard, ports.postgresql),
    mysql: connecting(guard, ports.mysql),
    redis: connecting(guard, ports.redis),
    // Each method is one request.
    s3: (access) => aroundEach(ports.s3(access), (work) => asked(guard, endpointOf(access.endpoint), work))
  }
}

function asked<T>({ circuits, provider, signal }: Guard, target: string, work: () => Promise<T>): Promise<T> {
  return circuits.call({ provider, target, signal }, isAnswer, work)
}

type Connect<Access, Session, Options> = <T>(
  access: Access,
  use: (session: Session) => Promise<T>,
  options?: Options
) => Promise<T>

/**
 * A server answers when the connection stands: what is done over it afterwards may take hours, and may fail for reasons of somebody
 * else's, another server's among them.
 */
function connecting<Access extends { readonly host: string; readonly port: number }, Session, Options>(
  guard: Guard,
  port: Connect<Access, Session, Options>
): Connect<Access, Session, Options> {
  return async <T>(access: Access, use: (session: Session) => Promise<T>, options?: Options) => {
    const connect = () =>
      new Promise<{ readonly done: Promise<T> }>((stands, fails) => {
        const inUse = (session: Session) => {
          // In a wrap, for it is not waited for here.
          stands({ done })
          return use(session)
        }
        const done = port(access, inUse, options)
        done.catch(fails)
      })
    const { done } = await asked(guard, `${access.host}:${access.port}`, connect)
    return done
  }
}

/** Whether the other side was heard. What we refuse by ourselves, before anybody is asked, is no silence either. */
function isAnswer(failure: unknown): boolean {
  if (!(failure instanceof ProviderFailure) || failure.kind !== 'unavailable') return true
  return SAID_BY_SERVERS.some((said) => failure.cause instanceof said)
}

/** Whether it is an address at all is the port's to say. */
function endpointOf(endpoint: string): string {
  return URL.canParse(endpoint) ? addressOf(new URL(endpoint)) : endpoint
}

function addressOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`
}
