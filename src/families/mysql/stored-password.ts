import { createHash } from 'node:crypto'
import type { Login } from '../../contract/adapter.ts'
import type { MysqlVersion } from '../../contract/mysql.ts'
import { sha256Crypt } from './sha256-crypt.ts'

export interface StoredPassword {
  /** Of CREATE USER and ALTER USER. */
  readonly identified: string
  /** Whether this is what the server stores. */
  readonly isStored: (stored: Buffer) => boolean
}

/**
 * A password as the server stores it, so that the password itself reaches no log. Always the same for the same login: its name is
 * random and never used twice, so a salt made of it is as good as a drawn one.
 * MariaDB asks its clients for `mysql_native_password`; MySQL 8 for `caching_sha2_password`, and takes a hash of that as a hex literal.
 */
export function storedPassword(dialect: MysqlVersion['dialect'], login: Login): StoredPassword {
  if (dialect === 'mariadb') {
    const hash = nativeHash(login.password)
    return {
      identified: `IDENTIFIED VIA mysql_native_password USING '${hash}'`,
      isStored: (stored) => stored.toString('latin1') === hash
    }
  }
  const hash = cachingSha2Hash(login)
  return {
    identified: `IDENTIFIED WITH caching_sha2_password AS 0x${hash.toString('hex')}`,
    isStored: (stored) => stored.equals(hash)
  }
}

function nativeHash(password: string): string {
  const once = createHash('sha1').update(password).digest()
  return `*${createHash('sha1').update(once).digest('hex').toUpperCase()}`
}

/** `$A$005$`, a salt of 20 bytes, the digest: 5 times 1,000 rounds of what crypt(3) calls SHA-256. */
function cachingSha2Hash(login: Login): Buffer {
  const drawn = createHash('sha256').update(`portolan salt ${login.name}`).digest().subarray(0, 20)
  // MySQL's own salts are of 7 bits, without NUL and `$`.
  const salt = drawn.map((byte) => SALT.charCodeAt(byte % SALT.length))
  const digest = sha256Crypt(Buffer.from(login.password), salt, 5000)
  return Buffer.concat([Buffer.from(KIND), salt, Buffer.from(digest)])
}

const KIND = '$A$005$'
const SALT = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./'
