import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/config/package-root.ts'
import { PROVIDER } from './catalog.ts'
import { type Measured, startNode } from './processes.ts'

const BOOT = join(packageRoot(), 'src', 'boot', 'boot.mjs')

/** The broker as it runs for a user, with everything on: authentication, log, metrics. */
export async function startBroker(folder: string, port: number, catalog: string): Promise<Measured> {
  mkdirSync(folder, { recursive: true })
  const settings = join(folder, 'portolan.yaml')
  writeFileSync(settings, JSON.stringify({ catalog, providers: { [PROVIDER]: { adapter: 'memory' } } }), {
    mode: 0o600
  })
  return startNode([BOOT, 'start'], {
    port,
    path: '/readyz',
    log: join(folder, 'log'),
    cwd: folder,
    env: { PORTOLAN_CONFIG: settings, PORTOLAN_DATA: join(folder, 'data') }
  })
}

/** As a new clone starts, with berlin and paris. */
export async function startLocal(folder: string, port: number): Promise<Measured> {
  mkdirSync(folder, { recursive: true })
  return startNode([BOOT, 'start'], {
    port,
    path: '/readyz',
    log: join(folder, 'log'),
    cwd: folder,
    env: { PORTOLAN_DATA: join(folder, 'data') }
  })
}

export function loginHeaders(folder: string): Record<string, string> {
  const { username, password } = JSON.parse(readFileSync(join(folder, 'data', 'login.json'), 'utf8')) as {
    username: string
    password: string
  }
  return {
    Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'X-Broker-API-Version': '2.17'
  }
}
