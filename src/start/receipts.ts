import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'
import { openReceipts, type ReceiptIssuer } from '../trust/receipts.ts'
import { derivedScalar } from '../trust/signing-key.ts'

/** Receipts signed by the configured key, else by one that is derived from the sealing key; every public half is in the store. */
export function openConfiguredReceipts(
  { keys, signingKeys, publicUrl }: Pick<Config, 'keys' | 'signingKeys' | 'publicUrl'>,
  store: Pick<Store, 'database' | 'signingKeys'>
): Promise<ReceiptIssuer> {
  const [first, ...others] = signingKeys.map(({ key }) => key)
  const [sealing] = keys
  if (!sealing) throw new Error('there is no sealing key')
  return openReceipts({
    signingKeys: first ? [first, ...others] : [derivedScalar(sealing.key)],
    publicUrl,
    remember: (publicKeys) =>
      store.database.write(async (session) => {
        for (const each of publicKeys) await store.signingKeys.keep(session, each.kid, each)
      })
  })
}
