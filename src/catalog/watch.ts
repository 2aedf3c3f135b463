import { type FSWatcher, watch } from 'node:fs'

/** Calls `changed` after something in the folders changed and has been quiet for a moment. */
export interface Watcher {
  /** Watches exactly these folders from now on; one that is missing is passed over. */
  follow(folders: readonly string[]): void
  close(): void
}

export type OpenWatcher = (changed: () => void) => Watcher

/** Editors and deployments write a file in several steps. */
const QUIET_MS = 200

export const watchFolders: OpenWatcher = (changed) => {
  const watchers = new Map<string, FSWatcher>()
  let quiet: NodeJS.Timeout | undefined
  let closed = false

  function touched(): void {
    clearTimeout(quiet)
    if (!closed) quiet = setTimeout(changed, QUIET_MS).unref()
  }

  function drop(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  function add(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, touched)
      // The folder went away; the one above tells.
      watcher.on('error', () => drop(folder))
      watchers.set(folder, watcher)
    } catch {
      // Not there (yet): the folder above tells when it comes.
    }
  }

  return {
    follow(folders) {
      // Anew each time: a folder that was replaced keeps its path, and the old watcher would go on watching the old one.
      for (const folder of watchers.keys()) drop(folder)
      for (const folder of folders) add(folder)
    },
    close() {
      closed = true
      clearTimeout(quiet)
      for (const folder of watchers.keys()) drop(folder)
    }
  }
}
