import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml'

/** The line of the value at `path`, or of the nearest thing around it that exists. */
export function lineAt(
  document: Document.Parsed,
  lines: LineCounter,
  path: readonly (string | number)[]
): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const part of path) {
    // What an alias stands for is written elsewhere, and mended there.
    if (isAlias(node)) node = node.resolve(document)
    const [place, inner] = stepInto(node, String(part))
    if (inner === undefined) break
    offset = place ?? offset
    node = inner
  }
  return lines.linePos(offset).line
}

/** Where the thing named `part` begins (a key, in a map) and the thing itself. */
function stepInto(node: unknown, part: string): readonly [number | undefined, unknown] {
  if (isSeq(node)) {
    const item = node.items[Number(part)]
    return [startOf(item), item]
  }
  if (!isMap(node)) return [undefined, undefined]
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === part)
  return [startOf(pair?.key), pair?.value]
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0]
}
