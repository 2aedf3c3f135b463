import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createClient } from '@redis/client'
import type { JsonObject } from '../../../src/contract/json.ts'
import { numberAt, textAt } from '../../../src/contract/read.ts'
import { rowsOf, withMysql } from '../../support/mysql-server.ts'
import { ask } from '../switch/fixture.ts'

/** How an application of a family uses what it was given. Rejects with whatever its library says. */
export interface Use {
  write(credentials: JsonObject, text: string): Promise<void>
  read(credentials: JsonObject): Promise<unknown>
  /** What its library says to a login that is not there any more. */
  readonly noLogin: RegExp
  /** And to one that may not write. */
  readonly noRight: RegExp
}

const postgresql: Use = {
  async write(credentials, text) {
    await ask(
      { credentials },
      `CREATE TABLE IF NOT EXISTS kept (what text); INSERT INTO kept VALUES ('${text}')`
    )
  },
  async read(credentials) {
    const rows = await ask({ credentials }, 'SELECT what FROM kept')
    return rows[0]?.['what']
  },
  noLogin: /password authentication failed/,
  noRight: /permission denied/
}

const inMysql = (credentials: JsonObject, sql: string) => {
  const ca = credentials['sslRootCert']
  const who = {
    host: textAt(credentials, 'host'),
    port: numberAt(credentials, 'port'),
    user: textAt(credentials, 'username'),
    password: textAt(credentials, 'password'),
    database: textAt(credentials, 'database'),
    ...(typeof ca === 'string' ? { tls: { ca } } : {})
  }
  return withMysql(who, async (client) => rowsOf(await client.query(sql)))
}

const mysql: Use = {
  async write(credentials, text) {
    await inMysql(
      credentials,
      `CREATE TABLE IF NOT EXISTS kept (what text); INSERT INTO kept VALUES ('${text}')`
    )
  },
  async read(credentials) {
    const [row] = await inMysql(credentials, 'SELECT what FROM kept')
    return row?.['what']
  },
  noLogin: /Access denied/,
  noRight: /denied/
}

async function inRedis(credentials: JsonObject, ...words: readonly string[]): Promise<unknown> {
  const ca = credentials['sslrootcert']
  const [host, port] = [textAt(credentials, 'host'), numberAt(credentials, 'port')]
  const socket = typeof ca === 'string' ? { host, port, tls: true as const, ca } : { host, port }
  const client = createClient({
    username: textAt(credentials, 'username'),
    password: textAt(credentials, 'password'),
    socket: { ...socket, reconnectStrategy: false }
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await client.sendCommand([...words])
  } finally {
    client.destroy()
  }
}

const keyOf = ({ prefix }: JsonObject) => `${typeof prefix === 'string' ? prefix : ''}kept`

const redis: Use = {
  async write(credentials, text) {
    await inRedis(credentials, 'SET', keyOf(credentials), text)
  },
  read: (credentials) => inRedis(credentials, 'GET', keyOf(credentials)),
  noLogin: /WRONGPASS/,
  noRight: /NOPERM/
}

async function inBucket<T>(credentials: JsonObject, use: (client: S3Client) => Promise<T>): Promise<T> {
  const client = new S3Client({
    endpoint: textAt(credentials, 'endpoint'),
    region: textAt(credentials, 'region'),
    forcePathStyle: credentials['path_style'] === true,
    credentials: {
      accessKeyId: textAt(credentials, 'access_key_id'),
      secretAccessKey: textAt(credentials, 'secret_access_key')
    }
  })
  try {
    return await use(client)
  } finally {
    client.destroy()
  }
}

const objectStorage: Use = {
  async write(credentials, text) {
    const kept = { Bucket: textAt(credentials, 'bucket'), Key: 'kept', Body: text }
    await inBucket(credentials, (client) => client.send(new PutObjectCommand(kept)))
  },
  async read(credentials) {
    const kept = { Bucket: textAt(credentials, 'bucket'), Key: 'kept' }
    return inBucket(credentials, async (client) =>
      (await client.send(new GetObjectCommand(kept))).Body?.transformToString()
    )
  },
  noLogin: /InvalidAccessKeyId/,
  noRight: /AccessDenied/
}

export const USES = { postgresql, mysql, redis, 'object-storage': objectStorage } as const

/** The name and the words of what refuses it. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'it was not refused',
    (error: Error) => `${error.name} ${error.message}`
  )
}
