/** The names on the way to a setting in portolan.yaml: `providers`, `scaleway`, `secretKey`. */
export type SettingPath = readonly string[]

/** One mistake in the settings. */
export interface Mistake {
  /** With the name of the setting, never with its value. */
  readonly text: string
  readonly path?: SettingPath
  /** Absent when it does not stand in portolan.yaml. */
  readonly place?: Place
}

export interface Place {
  /** As it was named. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

export function mistakeAt(text: string, path: SettingPath, place: Place | undefined): Mistake {
  return place === undefined ? { text, path } : { text, path, place }
}

/** `portolan.yaml:12: providers.oslo.adapter: missing`: a place that editors and terminals open. */
export function mistakeLine({ text, place }: Mistake): string {
  return place === undefined ? text : `${placeText(place)}: ${text}`
}

export function placeText({ file, line }: Place): string {
  return `${file}:${line}`
}

/** Those of the environment, then those of the file from its top to its end; each once. */
export function inFileOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const once = new Map(mistakes.map((mistake) => [mistakeLine(mistake), mistake]))
  return [...once.values()].toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0))
}
