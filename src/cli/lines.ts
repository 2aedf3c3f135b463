import type { Readable } from 'node:stream'

/** Pieces between line feeds and nothing else: `readline` also breaks at characters that stand inside JSON. */
export async function* linesIn(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
