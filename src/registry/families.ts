import type { Family } from '../contract/family.ts'
import type { SettingsProblem } from './adapters.ts'
import { codeFolders, importExport } from './code-folder.ts'

/** Every family in `home`, by name. A reloaded catalog may name any of them, so all are loaded at the start. */
export async function loadFamilies(home: URL): Promise<{
  readonly families: ReadonlyMap<string, Family>
  readonly problems: readonly SettingsProblem[]
}> {
  const families = new Map<string, Family>()
  const problems: SettingsProblem[] = []
  for (const name of await codeFolders(home)) {
    const found = await loadFamily(home, name)
    if (typeof found === 'string') problems.push({ field: `families/${name}`, text: found })
    else families.set(name, found)
  }
  return { families, problems }
}

/** The family, or what is wrong with it. */
async function loadFamily(home: URL, name: string): Promise<Family | string> {
  try {
    const found = (await importExport(home, name, 'family')) as Family | undefined
    if (found === undefined) return 'exports no `family`'
    return found.name === name ? found : 'calls itself by another name'
  } catch (error) {
    return `cannot be loaded: ${error instanceof Error ? error.message : 'it threw'}`
  }
}
