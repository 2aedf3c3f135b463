import { chownSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { explainError } from './explain.ts'
import { type Server, sceneOf } from './server.ts'

/** Makes a new server's data in a folder beside its own, which gets its name at the end: a data folder that exists is complete. */
export async function buildServer(server: Server, password: string): Promise<void> {
  const half = `${server.data}.new`
  try {
    rmSync(half, { recursive: true, force: true })
    mkdirSync(half, { mode: 0o700 })
    if (server.user !== undefined) chownSync(half, server.user.uid, server.user.gid)
    await server.software.fill(server, half, password)
    renameSync(half, server.data)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw explainError(error, sceneOf(server))
  }
}
