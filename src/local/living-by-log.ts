import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { isRunOf, processAt, processesIn } from './processes.ts'
import type { Server } from './server.ts'
import type { Living } from './software.ts'

/** Written to a server's log before it is started: what comes after is of the one that runs. */
export const BEGUN = '--- started by portolan ---\n'

/** A log is read from its end. */
const READ_BYTES = 1024 * 1024
/** Where it listens, as it was told. */
const PORT = /(?:--port[= ]|127\.0\.0\.1:|--ms-bind-port-min=)(\d+)/

/**
 * What serves a data folder by a server that keeps no file about itself: who works in the folder, and whether the log says that it is
 * ready. `pid` is known to the one who started it.
 */
export function livingByLog(
  { data, logFile, software }: Server,
  ready: string,
  pid = processesIn(data).find((each) => isOf(each, software.program))
): Living | undefined {
  const sight = pid === undefined ? undefined : processAt(pid)
  if (pid === undefined || sight === undefined) return undefined
  const port = Number(PORT.exec(sight.command)?.[1])
  const text = endOf(logFile)
  const begin = text.lastIndexOf(BEGUN)
  if (begin === -1) return { pid, port, status: 'strange' }
  return { pid, port, status: text.includes(ready, begin) ? 'ready' : 'starting' }
}

function isOf(pid: number, program: string): boolean {
  const sight = processAt(pid)
  return sight !== undefined && isRunOf(sight, program)
}

function endOf(file: string): string {
  const handle = opened(file)
  if (handle === undefined) return ''
  const { size } = fstatSync(handle)
  const length = Math.min(size, READ_BYTES)
  const buffer = Buffer.alloc(length)
  const read = readSync(handle, buffer, 0, length, size - length)
  closeSync(handle)
  return buffer.toString('utf8', 0, read)
}

function opened(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch {
    return undefined
  }
}
