import { type AuthPlugin, authPlugins } from 'mysql2'
import { ProviderFailure } from '../contract/errors.ts'

const TELL_PASSWORD = 4

/**
 * How we prove to a server that we know the password. It is told to no server in clear text; behind TLS, whose certificate was verified,
 * MySQL's own two ways for a first login are taken. Without TLS their only other way is a key that nobody vouches for: refused, also on
 * loopback. What is not named here (`mysql_old_password`, `dialog` …) the library does not know.
 */
export function passwordPlugins(isVerified: boolean): Record<string, AuthPlugin> {
  const always = { mysql_clear_password: refused('a clear-text password') }
  if (isVerified) return always
  return { ...always, sha256_password: refused('a readable password'), caching_sha2_password: onlyFast }
}

/** The first login after a start of the server needs the password itself. */
const onlyFast: AuthPlugin = (about) => {
  const answer = authPlugins.caching_sha2_password({})(about)
  return (data) => {
    if (data.length === 1 && data[0] === TELL_PASSWORD) throw refusal('a readable password')
    return answer(data)
  }
}

function refused(asked: string): AuthPlugin {
  return () => () => {
    throw refusal(asked)
  }
}

function refusal(asked: string): ProviderFailure {
  return new ProviderFailure(
    'denied',
    `The database server asked for ${asked}: with the setting tls a login by caching_sha2_password works, without it only one by mysql_native_password.`
  )
}
