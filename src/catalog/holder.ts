import type { Catalog } from '../domain/offer.ts'
import type { Platform } from '../domain/platform.ts'
import type { CatalogOptions } from './check.ts'
import { loadCatalog } from './load.ts'
import { CatalogError, type Problem } from './problem.ts'
import { watchedFolders } from './read-folders.ts'
import type { CatalogBytes } from './render.ts'
import { parameterValidators, type ValidateParameters } from './validators.ts'
import { type View, viewsOf } from './views.ts'
import { type OpenWatcher, watchFolders } from './watch.ts'

export interface CatalogHolder {
  current(): Catalog
  /** What the platform sees: plans and regions hidden from it are not in there. */
  seenBy(platform: Platform): Catalog
  /** GET /v2/catalog for the platform. Platforms that see the same get the same object. */
  bytesFor(platform: Platform): CatalogBytes
  /** Pass the plan as the platform sees it (`seenBy`), so that an answer names no region that is hidden from it. */
  readonly validate: ValidateParameters
  /** Why the files as they are now are not the current catalog; none: they are. */
  problems(): readonly Problem[]
  /** Reads the files again now; a broken set keeps the current catalog. The mistakes found. */
  reload(): Promise<readonly Problem[]>
  close(): void
}

export interface HolderOptions extends CatalogOptions {
  /** A new catalog is in force. */
  readonly onChange?: (catalog: Catalog) => void
  /** The files changed and cannot be used; the catalog stays as it was. */
  readonly onProblems?: (problems: readonly Problem[]) => void
  readonly now?: () => Date
  /** `undefined` watches the folders; tests hand in a trigger. */
  readonly watcher?: OpenWatcher
}

/** Loads the catalog and keeps it fresh. Throws `CatalogError` when the files cannot be used at the start. */
export async function openCatalog(options: HolderOptions): Promise<CatalogHolder> {
  const now = options.now ?? (() => new Date())
  const validate = parameterValidators()
  let loaded = withViews(await loadCatalog(options, now()))
  let problems: readonly Problem[] = []
  let running = Promise.resolve(problems)

  // A listener that throws tells whoever called `reload`; nobody waits for this one, and it must not end the process.
  const watcher = (options.watcher ?? watchFolders)(() => void reload().catch(() => undefined))
  watcher.follow(await watchedFolders(options.folders))

  async function readAgain(): Promise<readonly Problem[]> {
    // Followed first: what changes while the files are read brings another reload.
    watcher.follow(await watchedFolders(options.folders))
    const found = await loadCatalog(options, now()).catch((error: unknown) => problemsOf(error, options))
    if (isCatalog(found)) {
      loaded = withViews(found)
      problems = []
      options.onChange?.(found)
    } else {
      problems = found
      options.onProblems?.(found)
    }
    return problems
  }

  /** One after the other, so that the last one read is the one in force. */
  function reload(): Promise<readonly Problem[]> {
    running = running.then(readAgain, readAgain)
    return running
  }

  return {
    current: () => loaded.catalog,
    seenBy: (platform) => loaded.view(platform).catalog,
    bytesFor: (platform) => loaded.view(platform).bytes,
    validate,
    problems: () => problems,
    reload,
    close: () => watcher.close()
  }
}

function withViews(catalog: Catalog): {
  readonly catalog: Catalog
  readonly view: (platform: Platform) => View
} {
  return { catalog, view: viewsOf(catalog) }
}

function isCatalog(found: Catalog | readonly Problem[]): found is Catalog {
  return 'offerings' in found
}

function problemsOf(error: unknown, { folders }: CatalogOptions): readonly Problem[] {
  if (error instanceof CatalogError) return error.problems
  const text = error instanceof Error ? error.message : 'cannot be read'
  return [{ file: folders[0] ?? '', line: 1, text }]
}
