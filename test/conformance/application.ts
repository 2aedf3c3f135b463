import { randomBytes } from 'node:crypto'
import type { S3ServiceException } from '@aws-sdk/client-s3'
import pg from 'pg'
import type { Access, RedisAccess } from '../../src/contract/access.ts'
import type { Family } from '../../src/contract/family.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { RedisCode, type RedisSession } from '../../src/contract/ports.ts'
import { loadSdk, openClient } from '../../src/transport/s3-client.ts'
import { boundBucket, succeeds as bucketSucceeds } from '../support/buckets.ts'
import { withMysql } from '../support/mysql-server.ts'
import { succeeds } from '../support/succeeds.ts'
import type { Session } from './harness.ts'
import type { Application, Kit } from './kit.ts'
import { realPorts } from './ports.ts'

/** By family. */
export const APPLICATIONS: Readonly<Record<Parameters<Kit['application']>[0], Application>> = {
  postgresql: {
    reads: (credentials) => succeeds(postgresqlClient(credentials), 'SELECT 1'),
    writes: (credentials) => succeeds(postgresqlClient(credentials), newTable()),
    stays: staysInPostgresql
  },
  mysql: {
    reads: (credentials) => runsInMysql(credentials, 'SELECT 1'),
    writes: (credentials) => runsInMysql(credentials, newTable()),
    stays: (credentials) =>
      staying((use) => withMysql(whoInMysql(credentials), (client) => use(() => client.query('SELECT 1'))))
  },
  redis: {
    // A login of a shared server may say PING, whoever's the prefix is.
    reads: (credentials) => runsInRedis(credentials, 'GET', `${textOf(credentials['prefix'])}${fresh()}`),
    writes: (credentials) =>
      runsInRedis(credentials, 'SET', `${textOf(credentials['prefix'])}${fresh()}`, 'x'),
    stays: (credentials) =>
      staying((use) => inRedis(credentials, (session) => use(() => session.command('PING'))))
  },
  'object-storage': {
    reads: lists,
    writes: (credentials) => bucketSucceeds(boundBucket(credentials).put(fresh(), 'x')),
    stays: () => Promise.reject(new Error('a bucket has no sessions'))
  }
}

/** Whether an application that had the owner's login would get in. */
export function readsAsOwner(family: Family, access: Access): Promise<boolean> {
  if (!('user' in access)) throw new Error(`the owner of ${access.kind} has no login`)
  const owner = { name: access.user, password: access.password }
  return APPLICATIONS[access.kind].reads(family.credentials(access, owner, 'cloudfoundry', {}))
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

function staysInPostgresql(credentials: JsonObject): Promise<Session> {
  return staying(async (use) => {
    const client = postgresqlClient(credentials)
    client.on('error', () => undefined)
    await client.connect()
    try {
      return await use(() => client.query('SELECT 1'))
    } finally {
      await client.end().catch(() => undefined)
    }
  })
}

type Asking = () => Promise<unknown>

/** What lasts as long as a function does becomes what is closed by hand. */
async function staying(open: (use: (ask: Asking) => Promise<void>) => Promise<void>): Promise<Session> {
  let leave = (): void => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  let over = Promise.resolve()
  const ask = await new Promise<Asking>((resolve, reject) => {
    over = open((asking) => {
      resolve(asking)
      return left
    })
    over.catch(reject)
  })
  return {
    isOpen: () =>
      ask().then(
        () => true,
        () => false
      ),
    async close() {
      leave()
      await over.catch(() => undefined)
    }
  }
}

function whoInMysql({ host, port, database, username, password, sslRootCert }: JsonObject) {
  return {
    host: String(host),
    port: Number(port),
    database: String(database),
    user: String(username),
    password: String(password),
    ...(typeof sslRootCert === 'string' ? { tls: { ca: sslRootCert } } : {})
  }
}

async function runsInMysql(credentials: JsonObject, sql: string): Promise<boolean> {
  try {
    await withMysql(whoInMysql(credentials), (client) => client.query(sql))
    return true
  } catch (error) {
    if (typeof (error as { errno?: unknown }).errno === 'number') return false
    throw error
  }
}

function inRedis<T>(credentials: JsonObject, use: (session: RedisSession) => Promise<T>): Promise<T> {
  const { host, port, username, password, sslrootcert } = credentials
  const access: RedisAccess = {
    kind: 'redis',
    host: String(host),
    port: Number(port),
    user: String(username),
    password: String(password),
    network: 'private',
    ...(typeof sslrootcert === 'string' ? { tls: { ca: sslrootcert } } : {})
  }
  return realPorts().redis(access, use)
}

async function runsInRedis(credentials: JsonObject, ...words: readonly string[]): Promise<boolean> {
  try {
    await inRedis(credentials, (session) => session.command(...words))
    return true
  } catch (error) {
    if ((error as Error).cause instanceof RedisCode) return false
    throw error
  }
}

/** As applications list: who may only read need not see versions. */
async function lists(credentials: JsonObject): Promise<boolean> {
  const { endpoint, region, bucket, access_key_id, secret_access_key, path_style } = credentials
  const key = { accessKeyId: String(access_key_id), secretAccessKey: String(secret_access_key) }
  const sdk = await loadSdk()
  const config = { endpoint: String(endpoint), forcePathStyle: path_style === true }
  const client = openClient(sdk, String(region), key, config)
  try {
    await client.send(new sdk.ListObjectsV2Command({ Bucket: String(bucket), MaxKeys: 1 }))
    return true
  } catch (error) {
    if ((error as S3ServiceException).$metadata?.httpStatusCode === 403) return false
    throw error
  } finally {
    client.destroy()
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
