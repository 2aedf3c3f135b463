/** One mistake in the catalog files. */
export interface Problem {
  /** As opened: the folder's path as it was given, and the file in it. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** `catalog/services/x.yaml:3: name is missing`: a place that editors and terminals open. */
export function problemLine({ file, line, text }: Problem): string {
  return `${file}:${line}: ${text}`
}

/** Every mistake of a catalog that cannot be used. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'))
    this.problems = problems
  }
}

/** By file, then line; the same mistake only once. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(problems.map((problem) => [problemLine(problem), problem]))
  return [...once.values()].toSorted(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || compareText(a.text, b.text)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
