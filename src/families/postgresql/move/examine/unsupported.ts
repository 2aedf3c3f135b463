import type { JsonObject } from '../../../../contract/json.ts'
import { loginComment } from '../../../../contract/mark.ts'
import type { MoveFinding } from '../../../../contract/move.ts'
import { readerOf } from '../../names.ts'
import { finding, type Group, OWN_SCHEMAS, standsAlone } from './look.ts'

interface Kind {
  /** A SELECT of `class` and `oid`. */
  readonly sql: string
  readonly why: string
}

const SUPERUSER_ONLY = 'Only a superuser can make it, and the broker is none at the target.'

/** Everything that is made by the server's owner, in catalogs that have one row per object. */
const MADE_BY_SUPERUSER: readonly (readonly [catalog: string, condition: string])[] = [
  ['pg_event_trigger', 'true'],
  ['pg_subscription', 'x.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())'],
  ['pg_language', `x.lanispl AND x.lanname <> 'plpgsql'`],
  ['pg_am', 'x.oid >= 16384'],
  ['pg_opclass', 'x.oid >= 16384'],
  ['pg_opfamily', 'x.oid >= 16384'],
  ['pg_ts_parser', 'x.oid >= 16384'],
  ['pg_ts_template', 'x.oid >= 16384'],
  ['pg_transform', 'x.oid >= 16384'],
  ['pg_foreign_data_wrapper', 'true'],
  [
    'pg_publication',
    'x.puballtables OR EXISTS (SELECT FROM pg_publication_namespace s WHERE s.pnpubid = x.oid)'
  ],
  [
    'pg_proc',
    `x.oid >= 16384 AND (x.proleakproof OR x.prokind <> 'a' AND NOT (SELECT l.lanpltrusted FROM pg_language l WHERE l.oid = x.prolang))`
  ],
  ['pg_type', `x.oid >= 16384 AND x.typtype = 'b' AND x.typelem = 0`]
]

const KINDS: readonly Kind[] = [
  {
    why: SUPERUSER_ONLY,
    sql: MADE_BY_SUPERUSER.map(
      ([catalog, condition]) =>
        `SELECT '${catalog}'::regclass AS class, x.oid FROM ${catalog} x
         WHERE (${condition}) AND ${standsAlone(`'${catalog}'::regclass`, 'x.oid')}`
    ).join(' UNION ALL ')
  },
  {
    why: 'It leads to another server, with a password that cannot be read.',
    sql: `SELECT 'pg_foreign_server'::regclass AS class, oid FROM pg_foreign_server
          UNION ALL SELECT 'pg_user_mapping'::regclass, umid FROM pg_user_mappings`
  },
  {
    why: 'It lies in a tablespace of its own, and the target may have none of that name.',
    sql: `SELECT 'pg_class'::regclass AS class, oid FROM pg_class
          WHERE reltablespace <> 0 AND relkind IN ('r', 'p', 'm', 'i', 'I') AND oid >= 16384`
  }
]

/** Owned by a role that is no role of the resource: a superuser's, or another tenant's. */
const STRANGE_OWNER = `-- look for strange owners
  WITH ours AS (
    SELECT oid FROM pg_roles
    WHERE rolname IN ($1, $2, current_user) OR shobj_description(oid, 'pg_authid') = $3)
  SELECT identity.type, identity.identity, pg_get_userbyid(o.owner) AS owner FROM (
    SELECT 'pg_namespace'::regclass AS class, n.oid, n.nspowner AS owner FROM pg_namespace n
      WHERE ${OWN_SCHEMAS} AND n.nspname <> 'public'
    UNION ALL SELECT 'pg_class', c.oid, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${OWN_SCHEMAS}
    UNION ALL SELECT 'pg_proc', p.oid, p.proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE ${OWN_SCHEMAS}
    UNION ALL SELECT 'pg_type', t.oid, t.typowner FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('d', 'e', 'r') AND ${OWN_SCHEMAS}
    UNION ALL SELECT 'pg_largeobject', oid, lomowner FROM pg_largeobject_metadata
  ) o, pg_identify_object(o.class, o.oid, 0) identity
  WHERE o.owner NOT IN (SELECT oid FROM ours) AND ${standsAlone('o.class', 'o.oid')}
  ORDER BY 1, 2`

/** What a copy cannot make again, each by name. */
export const unsupported: Group = async ({ inside, from }) => {
  const found = new Map<string, MoveFinding>()
  const add = ({ type, identity }: JsonObject, text: string, remedy: string) => {
    const subject = `${String(type)} ${String(identity)}`
    if (!found.has(subject))
      found.set(subject, finding('unsupported-object', 'blocking', subject, text, remedy))
  }
  for (const { sql, why } of KINDS) {
    const rows = await inside.query(
      `-- look for what cannot be moved
       SELECT i.type, i.identity FROM (${sql}) o, pg_identify_object(o.class, o.oid, 0) i ORDER BY 1, 2`
    )
    for (const row of rows) add(row, why, 'drop it before the switch')
  }
  const resource = from.access.database
  const strange = await inside.query(STRANGE_OWNER, [resource, readerOf(resource), loginComment(resource)])
  for (const row of strange) {
    const text = `It belongs to ${String(row['owner'])}, which is no role of this instance.`
    add(row, text, `ALTER … OWNER TO ${resource}`)
  }
  return [...found.values()]
}
