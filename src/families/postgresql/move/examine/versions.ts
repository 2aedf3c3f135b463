import type { MoveFinding } from '../../../../contract/move.ts'
import { chooseTools, majorOf } from '../tools.ts'
import { finding, type Group, type Look } from './look.ts'

/** Whether the tools are there that read the one and write the other. */
export const versions: Group = async (look) => {
  const older = targetOlder(look)
  return older === undefined ? tools(look) : [older]
}

function targetOlder({ source, target }: Look): MoveFinding | undefined {
  if (target === undefined) return undefined
  const [from, to] = [majorOf(source.version), majorOf(target.facts.version)]
  if (to >= from) return undefined
  return finding(
    'target-older',
    'blocking',
    'target',
    `It is PostgreSQL ${to}, and the source is PostgreSQL ${from}.`,
    `a plan with PostgreSQL ${from} or later`
  )
}

async function tools({ source, target, call }: Look): Promise<readonly MoveFinding[]> {
  const chosen = await chooseTools(call, source.version, target?.facts.version ?? source.version)
  if (!('missing' in chosen)) return []
  return [
    finding(
      'tools-missing',
      'blocking',
      'broker',
      chosen.missing,
      'the package, installed where the broker runs'
    )
  ]
}
