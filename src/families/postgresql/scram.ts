import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Login } from '../../contract/adapter.ts'

const ITERATIONS = 4096
const derive = promisify(pbkdf2)

/**
 * What PostgreSQL stores of a password (RFC 5802, `pg_authid.rolpassword`), so that the password itself reaches no server and no log.
 * The same for the same login: its name is random and never used twice, so a salt made of it is as good as a drawn one, and two
 * servers behind one pooler hold the same verifier. The password is ASCII, which SASLprep leaves as it is.
 */
export async function scramVerifier(login: Login): Promise<string> {
  const salt = createHash('sha256').update(`portolan salt ${login.name}`).digest().subarray(0, 16)
  const salted = await derive(login.password, salt, ITERATIONS, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
