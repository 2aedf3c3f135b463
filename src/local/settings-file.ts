import { join } from 'node:path'
import { writeWhole } from './private-file.ts'

/** Five per binding leave room for a hundred instances. */
export const MAX_CONNECTIONS = 600

/** Every connection comes over loopback and proves a password; there is no other way in. */
const ADMISSION = 'host all all 127.0.0.1/32 scram-sha-256\n'

/**
 * The whole `postgresql.conf` of a local server; the file belongs to the program and is written anew at each start.
 * What tenants' statements say never reaches the log: no statement is logged, and `log` as the lowest level leaves out their errors,
 * whose texts quote what they typed.
 */
function settingsText(admissionFile: string, more: Readonly<Record<string, string>> = {}): string {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    hba_file: admissionFile,
    max_connections: String(MAX_CONNECTIONS),
    wal_level: 'logical',
    max_prepared_transactions: '0',
    // In the data folder: a server that is killed and removed leaves nothing elsewhere, and the 64 MB of a container's /dev/shm are no limit.
    dynamic_shared_memory_type: 'mmap',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    default_text_search_config: 'pg_catalog.english',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_checkpoints: 'off',
    ...more
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('')
}

/** Writes both files where the servers' user may read them (the folder's group) and not change them; tells the path of `postgresql.conf`. */
export function writeSettings(folder: string, more?: Readonly<Record<string, string>>): string {
  const admissionFile = join(folder, 'pg_hba.conf')
  const settingsFile = join(folder, 'postgresql.conf')
  writeWhole(admissionFile, ADMISSION, 0o640)
  writeWhole(settingsFile, settingsText(admissionFile, more), 0o640)
  return settingsFile
}
