import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packageRoot } from '../../config/package-root.ts'
import { isFolderName } from '../../registry/code-folder.ts'
import type { Input } from '../command.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import { print } from '../output.ts'
import { adapterProject } from './project.ts'

const TEMPLATE = join(import.meta.dirname, 'template')

/** A complete adapter in `./NAME`, which passes the kit as it is. */
export async function adapterNew({ arguments: { NAME = '' } }: Input): Promise<number> {
  const folder = resolve(NAME)
  refuseBadName(NAME, folder)
  const files = readdirSync(TEMPLATE, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  for (const { parentPath, name } of files) {
    const source = join(parentPath, name)
    const target = join(folder, filled(targetOf(source.slice(TEMPLATE.length + 1)), NAME))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, filled(readFileSync(source, 'utf8'), NAME), { flag: 'wx' })
  }
  writeFileSync(join(folder, 'tsconfig.json'), `${JSON.stringify(adapterProject(folder), undefined, 2)}\n`)
  print(
    `made ${folder}, which passes the kit as it is:\n  portolan adapter test ./${NAME}\nIts README.md says what to make true next.\n`
  )
  return EXIT.ok
}

function refuseBadName(name: string, folder: string): void {
  const refuse = (sentence: string): never => {
    throw new CommandFailure(EXIT.usage, sentence)
  }
  if (!isFolderName(name) || !/^[a-z]/.test(name))
    refuse('a name has a-z, 0-9 and "-", and begins with a letter')
  if (existsSync(join(packageRoot(), 'adapters', name))) refuse(`${name} is an adapter of this program`)
  if (existsSync(folder)) refuse(`${folder} is already there`)
}

/** Sources end in `.txt` here, so that nobody takes them for ours; npm would leave out a `.gitignore`. */
function targetOf(source: string): string {
  return source.replace(/^gitignore\.txt$/, '.gitignore').replace(/\.txt$/, '')
}

function filled(text: string, name: string): string {
  return text
    .replaceAll('__name__', name)
    .replaceAll(
      '__Title__',
      name.replace(/^./, (first) => first.toUpperCase())
    )
    .replaceAll('__NAME__', name.toUpperCase().replaceAll('-', '_'))
    .replaceAll(/__id_[a-z]+__/g, () => randomUUID())
}
