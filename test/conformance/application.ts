import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { JsonObject } from '../../src/contract/json.ts'
import { RedisCode } from '../../src/contract/ports.ts'
import { boundBucket, succeeds as bucketSucceeds } from '../support/buckets.ts'
import { withMysql } from '../support/mysql-server.ts'
import { succeeds } from '../support/succeeds.ts'
import type { Application, Kit } from './kit.ts'
import { realPorts } from './ports.ts'

/** By family. */
export const APPLICATIONS: Readonly<Record<Parameters<Kit['application']>[0], Application>> = {
  postgresql: {
    reads: (credentials) => succeeds(postgresqlClient(credentials), 'SELECT 1'),
    writes: (credentials) => succeeds(postgresqlClient(credentials), newTable())
  },
  mysql: {
    reads: (credentials) => runsInMysql(credentials, 'SELECT 1'),
    writes: (credentials) => runsInMysql(credentials, newTable())
  },
  redis: {
    reads: (credentials) => runsInRedis(credentials, 'PING'),
    writes: (credentials) =>
      runsInRedis(credentials, 'SET', `${textOf(credentials['prefix'])}${fresh()}`, 'x')
  },
  'object-storage': {
    reads: (credentials) => bucketSucceeds(boundBucket(credentials).versions(1)),
    writes: (credentials) => bucketSucceeds(boundBucket(credentials).put(fresh(), 'x'))
  }
}

function postgresqlClient({ host, port, database, username, password, sslrootcert }: JsonObject): pg.Client {
  const who = {
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password)
  }
  return new pg.Client(typeof sslrootcert === 'string' ? { ...who, ssl: { ca: sslrootcert } } : who)
}

async function runsInMysql(credentials: JsonObject, sql: string): Promise<boolean> {
  const { host, port, database, username, password, sslRootCert } = credentials
  const who = {
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    ...(typeof sslRootCert === 'string' ? { tls: { ca: sslRootCert } } : {})
  }
  try {
    await withMysql(who, (client) => client.query(sql))
    return true
  } catch (error) {
    if (typeof (error as { errno?: unknown }).errno === 'number') return false
    throw error
  }
}

async function runsInRedis(credentials: JsonObject, ...words: readonly string[]): Promise<boolean> {
  const { host, port, username, password, sslrootcert } = credentials
  const tls = typeof sslrootcert === 'string' ? { tls: { ca: sslrootcert } } : {}
  try {
    await realPorts().redis(
      {
        kind: 'redis',
        host: String(host),
        port: Number(port),
        user: String(username),
        password: String(password),
        network: 'private',
        ...tls
      },
      (session) => session.command(...words)
    )
    return true
  } catch (error) {
    if ((error as Error).cause instanceof RedisCode) return false
    throw error
  }
}

function newTable(): string {
  return `CREATE TABLE t${fresh()} (n integer)`
}

function fresh(): string {
  return randomBytes(6).toString('hex')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
