import { type DestinationStream, destination, type Logger, pino } from 'pino'

export interface LogOptions {
  readonly level: string
  /** Configured passwords, keys and URLs with a login in them: never written, wherever they turn up. */
  readonly secrets: readonly string[]
  /** Standard output when absent. */
  readonly destination?: DestinationStream
}

/** Shorter texts are too common to be cut out of every line. */
const SHORTEST_SECRET = 6
const HIDDEN = '[hidden]'
const SECRET_FIELDS = [
  'authorization',
  'password',
  'passwordHash',
  'secret',
  'token',
  'credentials',
  'parameters',
  'body',
  'seed',
  'key'
]
/** A login inside a URL, and what follows an authentication scheme. */
const SECRET_SHAPES =
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:"\\]*:)[^\s/@"\\]+(?=@)|(\b(?:Basic|Bearer) )[A-Za-z0-9+/._~-]{6,}=*/gi

/**
 * JSON lines, gathered into writes of 8 KiB or a quarter of a second and flushed at exit. Two nets hold secrets back: fields with
 * telling names are replaced, then every line is searched for the configured secrets and for secrets by their shape.
 */
export function createLog(options: LogOptions): Logger {
  const guard = secretGuard(options.secrets)
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: isoTime(),
      serializers: { err: errorFacts },
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: HIDDEN },
      hooks: { streamWrite: guard }
    },
    options.destination ?? destination({ dest: 1, sync: false, minLength: 8192, periodicFlush: 250 })
  )
}

/**
 * For lines whose fields are all known not to be secret: leaves out the search for telling names, which costs as much as the rest
 * of the line. Every line is still searched for the secrets themselves.
 */
export function withoutFieldNet(log: Logger): Logger {
  return log.child({}, { redact: [] })
}

export function secretGuard(secrets: readonly string[]): (line: string) => string {
  const written = [...new Set(secrets.filter(({ length }) => length >= SHORTEST_SECRET).flatMap(spellings))]
  // Longest first, so that a secret that contains another is hidden whole.
  const known = written.toSorted((a, b) => b.length - a.length)
  return (line) => {
    let safe = line
    for (const secret of known) if (safe.includes(secret)) safe = safe.replaceAll(secret, HIDDEN)
    return safe.replace(SECRET_SHAPES, (_match, before = '', scheme = '') => `${before}${scheme}${HIDDEN}`)
  }
}

/** As it is, as JSON writes it, and as a URL writes it. */
function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
}

/** Made once per millisecond: under load many lines share one. */
function isoTime(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}

const LONGEST_CHAIN = 5

/**
 * What an error is, says and where it arose, and of its causes the same. Whatever else it carries (a handle with a password, the row
 * that a database refused) stays out of the log.
 */
function errorFacts(error: unknown, depth = 1): unknown {
  if (!(error instanceof Error)) return error
  const { message, stack, code, cause } = error as Error & { readonly code?: unknown }
  return {
    type: error.constructor.name,
    message,
    stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause instanceof Error && depth < LONGEST_CHAIN ? { cause: errorFacts(cause, depth + 1) } : {})
  }
}
