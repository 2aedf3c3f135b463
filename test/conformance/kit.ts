import type {
  Access,
  Call,
  Family,
  MysqlAccess,
  ObjectStorageAccess,
  PostgresqlAccess,
  RedisAccess
} from '../../src/contract/index.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { CallContext, Harness, Session } from './harness.ts'

/** The kit as an adapter from outside imports it, under the name `portolan/kit`: types only. What it can do is handed to `enrol`. */
export type * from '../../src/contract/index.ts'
export type * from './harness.ts'

/** The real servers that the kit can start. */
export interface Servers {
  readonly postgresql: PostgresqlAccess
  readonly mysql: MysqlAccess
  readonly redis: RedisAccess
  /** A radosgw, which has an admin API for this key too; who gets at a bucket adds its name. */
  readonly 'object-storage': Omit<ObjectStorageAccess, 'bucket'>
}

export type ServerKind = keyof Servers

/** What an application does with the credentials of a binding, by a client of its own: `call` would bring the owner's options along. */
export interface Application {
  /** Really logs in, and looks. */
  reads(credentials: JsonObject): Promise<boolean>
  writes(credentials: JsonObject): Promise<boolean>
  /** Logs in, and stays; for `openSession`. A bucket has no sessions. */
  stays(credentials: JsonObject): Promise<Session>
}

/** Handed to `enrol` of an adapter's conformance.ts. */
export interface Kit {
  /** The real ports, also to loopback. Without a context: for a fake, which has none. */
  call(context?: CallContext): Call
  /** What a service is: one of this program's families. */
  family(name: string): Family
  /** For `tryLogin` and `tryWrite` of a family whose credentials are those of a real server. */
  application(family: Exclude<Access['kind'], 'example'>): Application
  /**
   * A real server on loopback to stand behind a fake, so that what it sells can be logged in to: started by the first who asks,
   * the same for all who ask, ended with the kit. Everything is allowed to this login: the fake makes its databases, buckets
   * and administrators with it, by `postgresql`, `mysql`, `redis`, `s3` or `http` of `call`.
   */
  server<Kind extends ServerKind>(kind: Kind): Promise<Servers[Kind]>
}

/** What `fake(kit)` of an adapter's conformance.ts answers, for `portolan adapter fake`: the provider alone, for a broker to be set to. */
export interface StandingFake extends Pick<Harness, 'advanceTime' | 'close'> {
  /** What portolan.yaml says of it, without `adapter`. */
  readonly settings: JsonObject
}
