interface SystemError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly path?: string
}

const UNFORESEEN = [
  'Error',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AggregateError',
  'AssertionError'
]
const TITLES: Readonly<Record<string, string>> = {
  CatalogError: 'the catalog cannot be used:\n',
  SettingsError: 'providers cannot be opened:\n'
}
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  ENOENT: 'it is not there',
  ENOTDIR: 'it is below something that is no folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only'
}

/** What went wrong, for people: no stack. With LOG_LEVEL debug or trace an error that nobody foresaw shows where it came from. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const known = systemSentence(error)
  if (known !== undefined) return known
  if (!UNFORESEEN.includes(error.name)) return `${TITLES[error.name] ?? ''}${error.message}`
  const isWanted = ['debug', 'trace'].includes(process.env['LOG_LEVEL']?.toLowerCase() ?? '')
  if (isWanted) return error.stack ?? error.message
  const [line] = error.message.split('\n')
  return `something unexpected went wrong: ${line || error.name} (LOG_LEVEL=debug shows where)`
}

function systemSentence({ code = '', address, port, path }: SystemError): string | undefined {
  if (code === 'EADDRINUSE')
    return `${address}:${port} is taken: stop what listens there, or set PORT to another one`
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: set HOST to another one`
  if (code === 'ENOTFOUND') return 'HOST is no name or address of this machine'
  if (code === 'EACCES' && port !== undefined)
    return `this user may not listen on port ${port}: set PORT to another one`
  if (code === 'ENOSPC' && path === undefined) return 'a file cannot be written: the disk is full'
  const reason = SYSTEM[code]
  return reason !== undefined && path !== undefined ? `${path} cannot be used: ${reason}` : undefined
}
