import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { accountSecretOf, CEPH_PARTS, type CephPart, clusterIdOf, keyringOf } from './ceph-keys.ts'
import type { Programs } from './found-programs.ts'
import { livingByLog } from './living-by-log.ts'
import { writeForUser } from './private-file.ts'
import { processesIn } from './processes.ts'
import { complete } from './run-once.ts'
import type { Server } from './server.ts'
import type { Ending, Software } from './software.ts'

/** One object store: a monitor that knows where everything is, a disk that keeps it, and a gateway that speaks S3. */
export interface Store {
  readonly programs: Programs
  readonly settingsFile: string
  /** All their keys follow from it. */
  readonly password: string
  /** Who own the buckets. */
  readonly accounts: readonly string[]
}

export const CEPH_ENDING: Ending = { heads: processesIn, polite: 'SIGTERM', firm: 'SIGKILL', leavings: [] }

const MONITOR = ['-i', 'a']
const DISK = ['-i', '0']
const GATEWAY = ['-n', 'client.rgw']

export function monitor(store: Store): Software {
  const program = programOf(store, 'ceph-mon')
  return {
    title: 'Ceph monitor',
    program,
    fill: (server, data) => fillMonitor(store, server, data),
    words: ({ data, port }) => [
      ...running(store, data, MONITOR),
      `--mon-data=${storeIn(data)}`,
      `--public-addr=v2:127.0.0.1:${port}`
    ],
    living: (server, pid) => livingByLog(server, 'in quorum', pid),
    ending: CEPH_ENDING
  }
}

export function disk(store: Store): Software {
  const program = programOf(store, 'ceph-osd')
  return {
    title: 'Ceph disk',
    program,
    async fill(server, data) {
      giveKeys(store, server, data, 'osd.0')
      const words = [...known(store, data), ...DISK, `--osd-data=${data}`]
      await complete(server, program, [...words, '--mkfs', '--no-mon-config'])
    },
    // It listens on four ports, on others where one is taken; the monitor tells who asks.
    words: ({ data, port }) => [
      ...running(store, data, DISK),
      `--osd-data=${data}`,
      `--ms-bind-port-min=${port}`,
      `--ms-bind-port-max=${port + 100}`
    ],
    living: (server, pid) => livingByLog(server, 'booting -> active', pid),
    ending: CEPH_ENDING
  }
}

export function gateway(store: Store): Software {
  return {
    title: 'radosgw',
    program: programOf(store, 'radosgw'),
    async fill(server, data) {
      giveKeys(store, server, data, 'client.rgw')
      for (const account of store.accounts) await makeAccount(store, server, data, account)
    },
    words: ({ data, port }) => [
      ...running(store, data, GATEWAY),
      `--rgw-data=${data}`,
      `--rgw-frontends=beast endpoint=127.0.0.1:${port}`
    ],
    // It says so when it listens.
    living: (server, pid) => livingByLog(server, 'service_daemon_register', pid),
    ending: CEPH_ENDING
  }
}

/** With the place of one disk in its map, so that nobody has to ask for one. */
async function fillMonitor(store: Store, server: Server, data: string): Promise<void> {
  const [monitors, disks, keys] = [join(data, 'monitors'), join(data, 'disks'), keysIn(data)] as const
  const address = `[v2:127.0.0.1:${server.port}]`
  const cluster = ['--fsid', clusterIdOf(store.password)]
  const words = ['--create', ...cluster, '--addv', 'a', address, monitors]
  await complete(server, programOf(store, 'monmaptool'), words)
  const simple = ['-c', store.settingsFile, disks, '--createsimple', '1']
  await complete(server, programOf(store, 'osdmaptool'), simple)
  writeForUser(server.user, keys, keyringOf(store.password, CEPH_PARTS))
  const maps = ['--monmap', monitors, '--osdmap', disks, `--keyring=${keys}`, `--mon-data=${storeIn(data)}`]
  await complete(server, programOf(store, 'ceph-mon'), [
    '-c',
    store.settingsFile,
    ...MONITOR,
    '--mkfs',
    ...maps
  ])
  for (const each of [monitors, disks]) rmSync(each)
}

/**
 * As it would come from another store, because only so its secret is told by what a program reads, and not by its words. Made again
 * it is the same.
 */
async function makeAccount(store: Store, server: Server, data: string, account: string): Promise<void> {
  const key = { user: account, access_key: account, secret_key: accountSecretOf(store.password, account) }
  const user = {
    key: `user:${account}`,
    ver: { tag: 'portolan', ver: 1 },
    mtime: '2026-01-01T00:00:00Z',
    data: {
      user_id: account,
      display_name: account,
      email: '',
      suspended: 0,
      max_buckets: 1000,
      op_mask: 'read, write, delete',
      keys: [key],
      caps: [{ type: 'users', perm: '*' }]
    }
  }
  const words = [...known(store, data), ...GATEWAY, 'metadata', 'put', user.key]
  await complete(server, programOf(store, 'radosgw-admin'), words, JSON.stringify(user))
}

function giveKeys({ password }: Store, { user }: Server, data: string, part: CephPart): void {
  writeForUser(user, keysIn(data), keyringOf(password, [part]))
}

/** A monitor fills only what is empty. */
function storeIn(data: string): string {
  return join(data, 'store')
}

function keysIn(data: string): string {
  return join(data, 'keyring')
}

function known({ settingsFile }: Store, data: string): readonly string[] {
  return ['-c', settingsFile, `--keyring=${keysIn(data)}`]
}

/** In the foreground, and where it was started. */
function running(store: Store, data: string, who: readonly string[]): readonly string[] {
  return [...known(store, data), ...who, '-f', '--chdir=']
}

function programOf({ programs }: Store, name: string): string {
  return programs[name] ?? ''
}
