import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { isLocalName, readRecord } from './record.ts'

/** A login that a local server turned away. */
export interface RefusedLogin {
  readonly login: string
  readonly times: number
  /** Milliseconds since 1970. */
  readonly lastAt: number
}

/** Of the end of a log: who keeps trying is there. */
const READ_BYTES = 8 * 1024 * 1024
const REFUSED =
  /^(?<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] FATAL: {2}(?:password authentication failed for user|role) "(?<login>b[a-z2-7]{20})"/gm

/**
 * Which bindings' logins a local server has refused since then, by its log: whoever still knocks at a source that was left. Nothing
 * for a provider that is not local.
 */
export async function refusedLogins(
  dataDir: string,
  provider: string,
  since: number
): Promise<readonly RefusedLogin[]> {
  const record = readRecord(dataDir)
  if (record === undefined || !isLocalName(provider)) return []
  const text = await endOf(join(record.folder ?? join(dataDir, 'local'), `${provider}.log`))
  const seen = new Map<string, RefusedLogin>()
  for (const { groups } of text.matchAll(REFUSED)) {
    const at = Date.parse(`${groups?.['at']?.replace(' ', 'T')}Z`)
    const login = groups?.['login'] ?? ''
    if (at < since) continue
    seen.set(login, { login, times: (seen.get(login)?.times ?? 0) + 1, lastAt: at })
  }
  return [...seen.values()]
}

async function endOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return ''
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, READ_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
