import type { JsonObject } from '../contract/json.ts'
import { object, text } from './columns.ts'
import type { Session } from './session.ts'

/** Public halves of the keys that sign receipts. None is ever removed: its receipts must verify for ever. */
export function signingKeyTable() {
  return {
    /** `id`: its thumbprint. */
    async keep(session: Session, id: string, jwk: JsonObject): Promise<void> {
      await session.write(
        'insert into signing_keys (id, jwk_json, created_at) values (?, ?, :now) on conflict (id) do nothing',
        [id, JSON.stringify(jwk)]
      )
    },

    /** The newest first. */
    async list(session: Session): Promise<JsonObject[]> {
      const rows = await session.read('select jwk_json from signing_keys order by seq desc')
      return rows.map((row) => object(text(row, 'jwk_json')))
    }
  }
}
