import type { Binaries } from './binaries.ts'
import { fillPostgresql } from './fill-postgresql.ts'
import { managedRootStatements } from './managed-root.ts'
import { livingPostmaster, PID_FILE, type Postmaster } from './postmaster.ts'
import type { Ending, Living, Software } from './software.ts'

export interface PostgresqlPlace {
  readonly binaries: Binaries
  readonly settingsFile: string
  /** Run as superuser in what was never started, besides what makes the managed root. */
  readonly moreStatements?: readonly string[]
}

/** SIGINT is its fast shutdown, SIGQUIT the immediate one. */
export const POSTGRESQL_ENDING: Ending = {
  heads(data) {
    const postmaster = livingPostmaster(data)
    return postmaster === undefined ? [] : [postmaster.pid]
  },
  polite: 'SIGINT',
  firm: 'SIGQUIT',
  leavings: [PID_FILE]
}

export function postgresql({ binaries, settingsFile, moreStatements = [] }: PostgresqlPlace): Software {
  return {
    title: 'PostgreSQL',
    program: binaries.postgres,
    fill: (server, data, password) =>
      fillPostgresql(server, data, {
        binaries,
        settingsFile,
        statements: [...moreStatements, ...managedRootStatements(password)]
      }),
    words: ({ data, port }) => ['-D', data, '-c', `config_file=${settingsFile}`, '-p', String(port)],
    living: ({ data }) => seen(livingPostmaster(data)),
    ending: POSTGRESQL_ENDING
  }
}

function seen(postmaster: Postmaster | undefined): Living | undefined {
  if (postmaster === undefined) return undefined
  const { pid, port, status } = postmaster
  return { pid, port, status: status === 'ready' || status === 'stopping' ? status : 'starting' }
}
