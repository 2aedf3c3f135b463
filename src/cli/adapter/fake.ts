import { once } from 'node:events'
import type { Input } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { fromSources } from './from-sources.ts'

/** Stands until we are asked to end; then it ends what it has started. */
export async function adapterFake({ arguments: { ADAPTER = '' }, options }: Input): Promise<number> {
  const words = [...(options['json'] ? ['--json'] : []), '--from', process.cwd(), '--', ADAPTER]
  const child = fromSources('fake.ts', words)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.stdin?.end())
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? EXIT.failed
}
