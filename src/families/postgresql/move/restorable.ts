import type { PostgresqlSession } from '../../../contract/ports.ts'
import type { Entry } from './structure.ts'

/** Class OIDs, the same in every version: policies are made by us, the others only by a superuser or by name of a role. */
const LEFT_OUT: readonly string[] = ['3256', '3466', '1418']

/** Publications of everything, or of a schema, are a superuser's: who compares will say that they are missing. */
const PUBLICATION = '6104'
const OF_PUBLICATION: readonly string[] = ['6106', '6237']

/** Every extension has one, of its own script; a server that comes with the extension lets nobody change it. */
const EXTENSION_COMMENT = /^COMMENT - EXTENSION /

/** What of an archive a tenant can make again at the target. */
export async function restorable(
  source: PostgresqlSession
): Promise<(entries: readonly Entry[]) => readonly Entry[]> {
  const rows = await source.query(
    `-- look at the publications
     SELECT p.oid, (SELECT json_agg(r.oid) FROM pg_publication_rel r WHERE r.prpubid = p.oid)::text AS tables
     FROM pg_publication p
     WHERE NOT p.puballtables AND NOT EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = p.oid)`
  )
  const allowed = new Set(
    rows.flatMap(({ oid, tables }) => [
      `${PUBLICATION} ${Number(oid)}`,
      ...((JSON.parse(String(tables)) as readonly number[] | null) ?? []).map((table) => `6106 ${table}`)
    ])
  )
  const isLeftOut = ({ object, text }: Entry) => {
    const [kind = ''] = object.split(' ')
    if (LEFT_OUT.includes(kind) || EXTENSION_COMMENT.test(text)) return true
    if (kind !== PUBLICATION && !OF_PUBLICATION.includes(kind)) return false
    return !allowed.has(object)
  }
  return (entries) => entries.filter((entry) => !isLeftOut(entry))
}
