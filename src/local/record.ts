import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LocalServerError } from './local-server-error.ts'
import { chooseFreePort } from './ports.ts'
import { readPrivate, writePrivate } from './private-file.ts'

export const LOCAL_NAMES = ['berlin', 'paris'] as const
export type LocalName = (typeof LOCAL_NAMES)[number]

export function isLocalName(name: string): name is LocalName {
  return (LOCAL_NAMES as readonly string[]).includes(name)
}

/** What must outlive the program: bindings carry the port, and only the password opens the server. */
export interface ServerRecord {
  readonly port: number
  /** The managed root's. */
  readonly password: string
  /** True once it was ready: from then on the port is a promise. */
  readonly hasStarted: boolean
}

export interface LocalRecord {
  /** Where the servers are, when not in the data folder. */
  readonly folder?: string
  /** PostgreSQL of each, and by their own names those that came later. */
  readonly servers: ServerRecords
}

interface ServerRecords extends Readonly<Record<LocalName, ServerRecord>> {
  readonly [name: string]: ServerRecord | undefined
}

export function recordPath(dataDir: string): string {
  return join(dataDir, 'local.json')
}

/** Throws `LocalServerError` when others can read it or it is damaged: a new one would lose the servers' passwords. */
export function readRecord(dataDir: string): LocalRecord | undefined {
  const path = recordPath(dataDir)
  const text = readPrivate(path)
  if (text === undefined) return undefined
  const record = parsed(text)
  if (record === undefined)
    throw new LocalServerError(
      'other',
      `${path} is damaged: restore it from a backup, it holds the local servers' ports and passwords.`
    )
  return record
}

export function writeRecord(dataDir: string, record: LocalRecord): void {
  writePrivate(recordPath(dataDir), `${JSON.stringify(record, undefined, 2)}\n`)
}

export async function newRecord(): Promise<LocalRecord> {
  const berlin = await chooseFreePort()
  const paris = await chooseFreePort([berlin])
  return { servers: { berlin: newServer(berlin), paris: newServer(paris) } }
}

export function withServer(record: LocalRecord, name: string, change: Partial<ServerRecord>): LocalRecord {
  const before = record.servers[name] ?? newServer(0)
  return { ...record, servers: { ...record.servers, [name]: { ...before, ...change } } }
}

function newServer(port: number): ServerRecord {
  return { port, password: randomBytes(24).toString('base64url'), hasStarted: false }
}

function parsed(text: string): LocalRecord | undefined {
  try {
    const record = JSON.parse(text) as LocalRecord
    const isWhole = LOCAL_NAMES.every((name) => record.servers[name] !== undefined)
    return isWhole && Object.values(record.servers).every(isServer) ? record : undefined
  } catch {
    return undefined
  }
}

function isServer(server: ServerRecord | undefined): boolean {
  return Number.isSafeInteger(server?.port) && typeof server?.password === 'string'
}
