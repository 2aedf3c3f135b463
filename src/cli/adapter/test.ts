import { once } from 'node:events'
import type { Input } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { fromSources } from './from-sources.ts'

export async function adapterTest({ arguments: { ADAPTER = '' }, options }: Input): Promise<number> {
  const { only, json } = options
  const words = [
    ...(typeof only === 'string' ? ['--only', only] : []),
    ...(json ? ['--json'] : []),
    '--from',
    process.cwd(),
    '--',
    ADAPTER
  ]
  const child = fromSources('play.ts', words, options['all-faults'] ? { PORTOLAN_FULL: '1' } : {})
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? EXIT.failed
}
