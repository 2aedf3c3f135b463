import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../contract/json.ts'
import { compileSchema, type SchemaCheck } from '../registry/schema-check.ts'
import { fieldName } from '../registry/schema-findings.ts'
import type { PlansFile, ProviderFile, ServiceFile, Source, Sources } from './files.ts'
import type { Problem } from './problem.ts'
import schema from './schema.json' with { type: 'json' }
import { readYaml } from './yaml-file.ts'

const CHECKS = {
  service: shapeCheck('service'),
  provider: shapeCheck('provider'),
  plans: shapeCheck('plans')
}

export interface Read {
  readonly sources: Sources
  readonly problems: readonly Problem[]
}

/** Reads every file of the catalog folders. What has not the right shape is a problem and is left out of the sources. */
export async function readFolders(folders: readonly string[]): Promise<Read> {
  const parts = await Promise.all(folders.map(readFolder))
  return {
    sources: {
      services: parts.flatMap(({ sources }) => sources.services),
      providers: parts.flatMap(({ sources }) => sources.providers),
      plans: parts.flatMap(({ sources }) => sources.plans)
    },
    problems: parts.flatMap(({ problems }) => problems)
  }
}

/** Folders whose change means that the catalog changed. */
export async function watchedFolders(folders: readonly string[]): Promise<readonly string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const providers = await namesIn(join(folder, 'providers'), 'folder')
      const own = [folder, join(folder, 'services'), join(folder, 'providers')]
      return [...own, ...providers.map((name) => join(folder, 'providers', name))]
    })
  )
  return lists.flat()
}

async function readFolder(folder: string): Promise<Read> {
  const problems: Problem[] = [...(await misnamed(join(folder, 'services')))]
  const services: Source<ServiceFile>[] = []
  for (const name of await namesIn(join(folder, 'services'), 'file')) {
    const source = await readAs<ServiceFile>(
      'service',
      join(folder, 'services', `${name}.yaml`),
      name,
      problems
    )
    if (source) services.push(source)
  }
  const providers: Source<ProviderFile>[] = []
  const plans: (Source<PlansFile> & { provider: string })[] = []
  const found = await namesIn(join(folder, 'providers'), 'folder')
  for (const provider of found) {
    const home = join(folder, 'providers', provider)
    problems.push(...(await misnamed(home)))
    for (const name of await namesIn(home, 'file')) {
      const file = join(home, `${name}.yaml`)
      if (name === 'provider') {
        const source = await readAs<ProviderFile>('provider', file, provider, problems)
        if (source) providers.push(source)
      } else {
        const source = await readAs<PlansFile>('plans', file, name, problems)
        if (source) plans.push({ ...source, provider })
      }
    }
  }
  if (services.length === 0 && found.length === 0 && problems.length === 0) {
    problems.push({
      file: folder,
      line: 1,
      text: 'is no catalog: it has neither services/ nor providers/ with files'
    })
  }
  return { sources: { services, providers, plans }, problems }
}

async function readAs<File extends { kind: keyof typeof CHECKS }>(
  kind: File['kind'],
  file: string,
  name: string,
  problems: Problem[]
): Promise<Source<File> | undefined> {
  const read = await readYaml(file)
  if (!('value' in read)) {
    problems.push(...read)
    return undefined
  }
  const { value, lineOf } = read
  const findings = CHECKS[kind](value).map(({ path, text }) => ({
    file,
    line: lineOf(path),
    text: `${fieldName('', path) || 'the file'} ${text}`
  }))
  problems.push(...findings)
  return findings.length === 0 ? { file, name, content: value as unknown as File, lineOf } : undefined
}

function shapeCheck(kind: keyof typeof schema.definitions): SchemaCheck {
  const { definitions, $schema } = schema as { definitions: JsonObject; $schema: string }
  const described: JsonObject = { $schema, definitions, allOf: [{ $ref: `#/definitions/${kind}` }] }
  return compileSchema(described, { namesUnknown: true })
}

/** Files that look as if they were meant. */
async function misnamed(folder: string): Promise<readonly Problem[]> {
  const entries = await readdir(folder).catch(() => [])
  return entries
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({ file: join(folder, name), line: 1, text: 'is not read; its name must end in .yaml' }))
}

/** Names in a folder, in order: of its folders, or of its `.yaml` files without that ending. A missing folder has none. */
async function namesIn(folder: string, kind: 'file' | 'folder'): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const visible = entries.filter(({ name }) => !name.startsWith('.'))
  const names =
    kind === 'folder'
      ? visible.filter((entry) => !entry.isFile() && !entry.name.endsWith('.yaml')).map(({ name }) => name)
      : visible.filter(({ name }) => name.endsWith('.yaml')).map(({ name }) => name.slice(0, -'.yaml'.length))
  return names.toSorted()
}
