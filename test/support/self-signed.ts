import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and key in PEM for `localhost` and 127.0.0.1 (or for `names`), which is its own authority. */
export function selfSigned(names = 'DNS:localhost,IP:127.0.0.1'): {
  readonly certificate: string
  readonly key: string
} {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-certificate-'))
  try {
    const certificate = join(folder, 'certificate.pem')
    const key = join(folder, 'key.pem')
    const subject = `-subj /CN=localhost -addext subjectAltName=${names}`
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ${subject}`
    execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' })
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
