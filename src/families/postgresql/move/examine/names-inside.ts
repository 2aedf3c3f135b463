import { ProviderFailure } from '../../../../contract/errors.ts'
import { loginComment } from '../../../../contract/mark.ts'
import { finding, type Group } from './look.ts'

/**
 * Names of the resource and its logins are random, so a text that has one means it. At the target the database and the groups have other
 * names. Our own setting of a login's role is made there anew.
 */
const SQL = `-- look for names inside
  WITH names AS (
    SELECT rolname AS name FROM pg_roles WHERE rolname = $1 OR shobj_description(oid, 'pg_authid') = $2),
  texts AS (
    SELECT 'pg_proc'::regclass AS class, oid, 0 AS sub, prosrc AS text FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'pg_proc', oid, 0, pg_get_function_sqlbody(oid) FROM pg_proc WHERE oid >= 16384 AND prosqlbody IS NOT NULL
    UNION ALL SELECT 'pg_proc', oid, 0, array_to_string(proconfig, ' ') FROM pg_proc WHERE oid >= 16384 AND proconfig IS NOT NULL
    UNION ALL SELECT 'pg_class', adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef
    UNION ALL SELECT 'pg_policy', oid, 0, concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
    UNION ALL SELECT 'pg_constraint', oid, 0, pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
    UNION ALL SELECT 'pg_class', oid, 0, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384)
  SELECT DISTINCT i.type, i.identity FROM texts JOIN names ON position(names.name IN texts.text) > 0,
    pg_identify_object(texts.class, texts.oid, texts.sub) i
  ORDER BY 1, 2`

const SETTINGS = `-- look for names in settings
  WITH names AS (
    SELECT rolname AS name FROM pg_roles WHERE rolname = $1 OR shobj_description(oid, 'pg_authid') = $2)
  SELECT DISTINCT coalesce(r.rolname, 'the database') AS whose, split_part(s.setting, '=', 1) AS setting
  FROM pg_db_role_setting p CROSS JOIN unnest(p.setconfig) s(setting) LEFT JOIN pg_roles r ON r.oid = p.setrole
  JOIN names ON position(names.name IN s.setting) > 0
  WHERE p.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.setting <> 'role=' || $1
  ORDER BY 1, 2`

/** Texts in which the name of the database, its groups or a login occurs; they keep it. */
export const namesInside: Group = async ({ inside, from }) => {
  const resource = from.access.database
  const values = [resource, loginComment(resource)]
  const text =
    'It names the database or a role of this instance, and would keep that name: some have another at the target.'
  const settings = await inside.query(SETTINGS, values)
  const ofSettings = settings.map((row) =>
    finding('names-inside', 'warning', `setting ${String(row['setting'])} of ${String(row['whose'])}`, text)
  )
  await inside.query(`SET lock_timeout = '500ms'`)
  try {
    const rows = await inside.query(SQL, values)
    const ofObjects = rows.map((row) =>
      finding('names-inside', 'warning', `${String(row['type'])} ${String(row['identity'])}`, text)
    )
    return [...ofObjects, ...ofSettings]
  } catch (error) {
    // Some of it cannot be read while somebody changes its table.
    if (!(error instanceof ProviderFailure) || error.kind !== 'unavailable') throw error
    const untold = 'Whether texts name the database or its roles could not be told: a table was locked.'
    return [...ofSettings, finding('names-inside', 'warning', 'source', untold)]
  } finally {
    await inside.query(`SET lock_timeout = '5s'`)
  }
}
