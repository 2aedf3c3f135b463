import { resolve } from 'node:path'
import { checkCatalog } from '../catalog/check.ts'
import { problemLine } from '../catalog/problem.ts'
import { checkedConfig } from '../start/checked-config.ts'
import { catalogOptions } from './catalog-options.ts'
import type { Input } from './command.ts'
import { EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'

export async function catalogCheck({ arguments: { FOLDER }, options }: Input): Promise<number> {
  const config = await checkedConfig(process.env)
  const folders = FOLDER === undefined ? undefined : [resolve(FOLDER)]
  const problems = await checkCatalog(await catalogOptions(config, folders))
  if (options['json']) printJson({ problems })
  else if (problems.length === 0) print('nothing is wrong\n')
  else print(problems.map((problem) => `${printable(problemLine(problem))}\n`).join(''))
  return problems.length === 0 ? EXIT.ok : EXIT.failed
}
