import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { verifyReceipt } from '../trust/verify-receipt.ts'
import type { Input } from './command.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { print, printJson } from './output.ts'
import { printable } from './printable.ts'
import { receiptText } from './receipt-text.ts'

/** Needs neither settings nor a broker, so that whoever holds a receipt can do it. */
export async function receiptVerify({ arguments: { FILE = '' }, options }: Input): Promise<number> {
  const token = FILE === '-' ? await text(process.stdin) : contentOf(FILE)
  const pinned = options['did']
  const didDocument = typeof pinned === 'string' ? documentIn(pinned) : undefined
  const verdict = await verifyReceipt(token, { now: Date.now(), didDocument })
  if (options['json']) printJson(verdict)
  else if (verdict.outcome === 'valid')
    print(`valid\nThis proves: ${printable(verdict.proves)}.\n\n${receiptText(verdict.receipt)}`)
  else if (verdict.outcome === 'not valid') print(`not valid: ${printable(verdict.reason)}\n`)
  else
    print(
      `could not be verified: ${printable(verdict.reason)}\nTo verify it: ${printable(verdict.remedy)}.\n`
    )
  return verdict.outcome === 'valid' ? EXIT.ok : EXIT.failed
}

function documentIn(path: string): JsonObject {
  const document = parsed(contentOf(path))
  if (isObject(document)) return document
  throw new CommandFailure(EXIT.usage, `${path} is no DID document: it is no JSON object`)
}

function parsed(content: string): Json | undefined {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandFailure(EXIT.usage, `${path} cannot be read${code === undefined ? '' : ` (${code})`}`)
  }
}
