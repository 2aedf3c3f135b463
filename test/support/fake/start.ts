import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../../src/contract/json.ts'
import type { Faults } from './faults.ts'

/** A running fake, as far as all of them are alike. */
export interface FakeProcess<Scene extends Faults> {
  readonly url: string
  readonly pid: number
  setScene(scene: Partial<Scene>): Promise<void>
  /** Moves its clock. */
  advance(seconds: number): Promise<void>
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface StartedFake<Scene extends Faults> extends FakeProcess<Scene> {
  /** What it printed when it listened. */
  readonly greeting: JsonObject
  /** Of its control channel: `tell('POST', '/foreign', { name })`. */
  tell(method: string, path: string, body?: object): Promise<unknown>
}

/** Starts the `server.ts` beside the caller as a process of its own that ends with this one. */
export async function startFake<Scene extends Faults>(
  caller: string,
  words: readonly string[]
): Promise<StartedFake<Scene>> {
  const program = fileURLToPath(caller).replace(/[^/]+\.(ts|js)$/, 'server.$1')
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, program, ...words, '--until-stdin-closes'], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit')
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => text as string),
    ended.then(([code]) => Promise.reject(new Error(`the fake ended with ${code}`)))
  ])
  const greeting = JSON.parse(line) as JsonObject & { readonly url: string }
  const { url } = greeting
  const tell = (method: string, path: string, body?: object) => ask(url, method, path, body)
  return {
    url,
    pid: child.pid ?? 0,
    greeting,
    tell,
    async setScene(scene) {
      await tell('PUT', '/scene', scene)
    },
    async advance(seconds) {
      await tell('POST', '/advance', { seconds })
    },
    async reset() {
      await tell('POST', '/reset')
    },
    async stop() {
      child.stdin.end()
      await ended
    }
  }
}

async function ask(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${url}/_control${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {})
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
  return answer.status === 204 ? undefined : answer.json()
}
