import { join } from 'node:path'
import { writeWhole } from './private-file.ts'

/** A file with holes: what is not used takes no room. */
const DISK_BYTES = 64 * 1024 ** 3

/** As little memory as it works with; it is for one developer, not for a data centre. */
const SMALL: Readonly<Record<string, string>> = {
  'bluestore cache autotune': 'false',
  'bluestore cache size': '16777216',
  'bluestore rocksdb cf': 'false',
  'bluestore rocksdb options':
    'compression=kNoCompression,max_write_buffer_number=2,write_buffer_size=4194304,max_background_jobs=2,max_open_files=64',
  'bdev aio max queue depth': '128',
  'osd op num shards': '1',
  'osd op num threads per shard': '2',
  'mon rocksdb options': 'write_buffer_size=2097152,compression=kNoCompression',
  'mon memory autotune': 'false',
  'mon osd cache size': '10',
  'rocksdb cache size': '4194304',
  'ms async op threads': '1',
  'rgw thread pool size': '32',
  'rgw cache lru size': '1000',
  'log max recent': '10'
}

/** One monitor, one disk, one copy: waiting for others, and for several changes at once, is waiting for nobody. */
const ALONE: Readonly<Record<string, string>> = {
  'osd pool default size': '1',
  'osd pool default min size': '1',
  'osd pool default pg num': '1',
  'osd pool default pg autoscale mode': 'off',
  'osd crush chooseleaf type': '0',
  'osd crush update on start': 'false',
  'osd mon shutdown timeout': '1',
  'mon allow pool size one': 'true',
  'paxos propose interval': '0.02',
  'paxos min wait': '0.01',
  'bdev aio poll ms': '20',
  'rgw run sync thread': 'false',
  'rgw dynamic resharding': 'false'
}

/**
 * Only what our readers of the log look for, and what is wrong. Requests of tenants, whose keys and signatures stand in their
 * addresses, are never logged.
 */
const QUIET: Readonly<Record<string, string>> = {
  'log file': '',
  'log to stderr': 'true',
  'err to stderr': 'true',
  'debug default': '0/0',
  'debug rgw': '0/0',
  'debug osd': '1/0',
  'debug mgrc': '1/0',
  'debug mon': '0/0',
  'debug paxos': '0/0',
  'debug rocksdb': '0/0',
  'debug bluestore': '0/0',
  'debug bluefs': '0/0',
  'debug bdev': '0/0',
  'rgw enable ops log': 'false',
  'rgw enable usage log': 'false'
}

function settingsText(clusterId: string, monitorPort: number, folder: string): string {
  const settings: Record<string, string> = {
    fsid: clusterId,
    'mon initial members': 'a',
    'mon host': `v2:127.0.0.1:${monitorPort}`,
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    'ms bind msgr1': 'false',
    'ms bind ipv6': 'false',
    'auth allow insecure global id reclaim': 'false',
    'run dir': folder,
    'admin socket': '',
    'osd objectstore': 'bluestore',
    'bluestore block size': String(DISK_BYTES),
    // How full the machine's disk is, is not the monitor's to judge: it would end itself.
    'mon data avail warn': '0',
    'mon data avail crit': '0',
    'rgw enable apis': 's3, admin',
    ...ALONE,
    ...SMALL,
    ...QUIET
  }
  return `[global]\n${Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')}`
}

/** Written anew at each start where the servers' user may read and not change it; tells its path. It holds no secret. */
export function writeCephSettings(folder: string, clusterId: string, monitorPort: number): string {
  const path = join(folder, 'ceph.conf')
  writeWhole(path, settingsText(clusterId, monitorPort, folder), 0o640)
  return path
}
