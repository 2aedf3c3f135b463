import type { Scene } from './explain.ts'
import type { Software } from './software.ts'
import type { ServerUser } from './user.ts'

/** One server: where it lives and as whom. All paths absolute and free of symbolic links. */
export interface Server {
  /** As people know it, for sentences. */
  readonly name: string
  readonly data: string
  readonly port: number
  readonly logFile: string
  /** The file that names its port, for sentences. */
  readonly recordFile?: string
  readonly software: Software
  readonly user: ServerUser | undefined
  /** Its data may be lost: nothing is synced while it is built. */
  readonly isThrowaway?: boolean
}

/** What every child of ours sees of the environment: nothing of `PG*`, `npm_*` or the user's language. `scratch` is where it keeps files for a while. */
export function childOptions(user: ServerUser | undefined, scratch?: string) {
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }
  return { cwd: '/', env: scratch === undefined ? env : { ...env, TMPDIR: scratch }, ...user }
}

export function sceneOf(server: Server): Scene {
  const { name, data, port, logFile, recordFile, software } = server
  const { title } = software
  return {
    server: name,
    software: title,
    folder: data,
    port,
    logFile,
    ...(recordFile === undefined ? {} : { recordFile })
  }
}
