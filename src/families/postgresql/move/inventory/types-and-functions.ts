import { definition, flag, IS_USERS, isNoMember, type Query } from './query.ts'

const functions: Query = {
  what: 'functions',
  sql: `-- read the functions
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, p.oid::regprocedure::text AS name,
  ${definition({ definition: 'pg_get_functiondef(p.oid)', 'window function': flag(`p.prokind = 'w'`) })}
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind <> 'a' AND ${IS_USERS} AND ${isNoMember('pg_proc', 'p.oid')}`
}

const aggregates: Query = {
  what: 'aggregates',
  sql: `-- read the aggregates
SELECT 'aggregate' AS kind, p.oid::regprocedure::text AS name, ${definition({
    arguments: 'pg_get_function_arguments(p.oid)',
    result: 'pg_get_function_result(p.oid)',
    kind: 'a.aggkind',
    'direct arguments': 'a.aggnumdirectargs',
    functions: `jsonb_build_array(a.aggtransfn::regprocedure, a.aggfinalfn::regprocedure, a.aggcombinefn::regprocedure, a.aggserialfn::regprocedure,
      a.aggdeserialfn::regprocedure, a.aggmtransfn::regprocedure, a.aggminvtransfn::regprocedure, a.aggmfinalfn::regprocedure)`,
    extra: 'jsonb_build_array(a.aggfinalextra, a.aggmfinalextra, a.aggfinalmodify, a.aggmfinalmodify)',
    'sort operator': `CASE WHEN a.aggsortop <> 0 THEN a.aggsortop::regoperator::text END`,
    states:
      'jsonb_build_array(format_type(a.aggtranstype, NULL), a.aggtransspace, format_type(nullif(a.aggmtranstype, 0), NULL), a.aggmtransspace)',
    'first states': 'jsonb_build_array(a.agginitval, a.aggminitval)',
    parallel: 'p.proparallel'
  })}
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE ${IS_USERS} AND ${isNoMember('pg_proc', 'p.oid')}`
}

const types: Query = {
  what: 'types',
  sql: `-- read the types
SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind, t.oid::regtype::text AS name, ${definition(
    {
      kind: 't.typtype',
      undefined: flag('NOT t.typisdefined'),
      base: `CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END`,
      'not null': flag('t.typnotnull'),
      // The text beside it is as it was typed.
      default: 'coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault)',
      collation: `CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation::text END`,
      values: `(SELECT jsonb_agg(v.enumlabel ORDER BY v.enumsortorder) FROM pg_enum v WHERE v.enumtypid = t.oid)`,
      range: `(SELECT jsonb_build_array(format_type(r.rngsubtype, NULL), CASE WHEN r.rngcollation <> 0 THEN r.rngcollation::regcollation::text END,
      (SELECT format('%I.%I', m.nspname, o.opcname) FROM pg_opclass o JOIN pg_namespace m ON m.oid = o.opcnamespace WHERE o.oid = r.rngsubopc),
      r.rngcanonical, r.rngsubdiff, format_type(r.rngmultitypid, NULL)) FROM pg_range r WHERE r.rngtypid = t.oid)`,
      functions: `CASE WHEN t.typtype = 'b' THEN jsonb_build_array(t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze,
      t.typsubscript) END`,
      storage: `CASE WHEN t.typtype = 'b' THEN jsonb_build_array(t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred,
      t.typdelim, format_type(nullif(t.typelem, 0), NULL)) END`
    }
  )}
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype <> 'c' AND ${IS_USERS} AND ${isNoMember('pg_type', 't.oid')}
  AND NOT (t.typelem <> 0 AND EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))`
}

const operators: Query = {
  what: 'operators',
  sql: `-- read the operators
SELECT 'operator' AS kind, o.oid::regoperator::text AS name, ${definition({
    result: 'format_type(nullif(o.oprresult, 0), NULL)',
    function: 'o.oprcode::regprocedure',
    commutator: 'nullif(o.oprcom, 0)::regoperator',
    negator: 'nullif(o.oprnegate, 0)::regoperator',
    selectivity: 'jsonb_build_array(o.oprrest, o.oprjoin)',
    hashes: flag('o.oprcanhash'),
    merges: flag('o.oprcanmerge')
  })}
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_operator', 'o.oid')}`
}

const operatorClasses: Query = {
  what: 'operator classes',
  sql: `-- read the operator classes
SELECT 'operator class' AS kind, format('%I.%I using %I', n.nspname, o.opcname, am.amname) AS name, ${definition(
    {
      family: `(SELECT format('%I.%I', m.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace m ON m.oid = f.opfnamespace WHERE f.oid = o.opcfamily)`,
      type: 'format_type(o.opcintype, NULL)',
      key: 'format_type(nullif(o.opckeytype, 0), NULL)',
      default: flag('o.opcdefault')
    }
  )}
FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am am ON am.oid = o.opcmethod
WHERE ${IS_USERS} AND ${isNoMember('pg_opclass', 'o.oid')}`
}

const operatorFamilies: Query = {
  what: 'operator families',
  sql: `-- read the operator families
SELECT 'operator family' AS kind, format('%I.%I using %I', n.nspname, f.opfname, am.amname) AS name, ${definition(
    {
      operators: `(SELECT jsonb_agg(m ORDER BY m COLLATE "C") FROM (SELECT format('%s %s %s', a.amopstrategy, a.amopopr::regoperator, a.amoppurpose) AS m
      FROM pg_amop a WHERE a.amopfamily = f.oid) l)`,
      functions: `(SELECT jsonb_agg(m ORDER BY m COLLATE "C") FROM (SELECT format('%s (%s, %s) %s', a.amprocnum, format_type(a.amproclefttype, NULL),
      format_type(a.amprocrighttype, NULL), a.amproc::regprocedure) AS m FROM pg_amproc a WHERE a.amprocfamily = f.oid) l)`
    }
  )}
FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am am ON am.oid = f.opfmethod
WHERE ${IS_USERS} AND ${isNoMember('pg_opfamily', 'f.oid')}`
}

const casts: Query = {
  what: 'casts',
  sql: `-- read the casts
SELECT 'cast' AS kind, format('%s to %s', format_type(k.castsource, NULL), format_type(k.casttarget, NULL)) AS name, ${definition(
    {
      function: 'nullif(k.castfunc, 0)::regprocedure',
      context: 'k.castcontext',
      method: 'k.castmethod'
    }
  )}
FROM pg_cast k WHERE k.oid >= 16384 AND ${isNoMember('pg_cast', 'k.oid')}`
}

const conversions: Query = {
  what: 'conversions',
  sql: `-- read the conversions
SELECT 'conversion' AS kind, format('%I.%I', n.nspname, k.conname) AS name, ${definition({
    from: 'pg_encoding_to_char(k.conforencoding)',
    to: 'pg_encoding_to_char(k.contoencoding)',
    function: 'k.conproc',
    default: flag('k.condefault')
  })}
FROM pg_conversion k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${IS_USERS} AND ${isNoMember('pg_conversion', 'k.oid')}`
}

/** The locale of ICU has another column in each of 15, 16 and 17. */
const collations: Query = {
  what: 'collations',
  sql: `-- read the collations
SELECT 'collation' AS kind, format('%I.%I', n.nspname, k.collname) AS name, ${definition({
    provider: 'k.collprovider',
    'not deterministic': flag('NOT k.collisdeterministic'),
    encoding: `nullif(pg_encoding_to_char(k.collencoding), '')`,
    locale: `coalesce(to_jsonb(k)->>'colllocale', to_jsonb(k)->>'colliculocale')`,
    libc: `nullif(jsonb_build_array(k.collcollate, k.collctype), '[null, null]')`,
    rules: `to_jsonb(k)->>'collicurules'`
  })}
FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_collation', 'k.oid')}`
}

const textSearch: readonly Query[] = [
  {
    what: 'text search configurations',
    sql: `-- read the text search configurations
SELECT 'text search configuration' AS kind, format('%I.%I', n.nspname, k.cfgname) AS name, ${definition({
      parser: `(SELECT format('%I.%I', m.nspname, p.prsname) FROM pg_ts_parser p JOIN pg_namespace m ON m.oid = p.prsnamespace WHERE p.oid = k.cfgparser)`,
      dictionaries: `(SELECT jsonb_agg(jsonb_build_array(m.maptokentype, m.mapdict::regdictionary) ORDER BY m.maptokentype, m.mapseqno)
        FROM pg_ts_config_map m WHERE m.mapcfg = k.oid)`
    })}
FROM pg_ts_config k JOIN pg_namespace n ON n.oid = k.cfgnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_ts_config', 'k.oid')}`
  },
  {
    what: 'text search dictionaries',
    sql: `-- read the text search dictionaries
SELECT 'text search dictionary' AS kind, format('%I.%I', n.nspname, k.dictname) AS name, ${definition({
      template: `(SELECT format('%I.%I', m.nspname, t.tmplname) FROM pg_ts_template t JOIN pg_namespace m ON m.oid = t.tmplnamespace WHERE t.oid = k.dicttemplate)`,
      options: 'k.dictinitoption'
    })}
FROM pg_ts_dict k JOIN pg_namespace n ON n.oid = k.dictnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_ts_dict', 'k.oid')}`
  },
  {
    what: 'text search parsers',
    sql: `-- read the text search parsers
SELECT 'text search parser' AS kind, format('%I.%I', n.nspname, k.prsname) AS name,
  ${definition({ functions: 'jsonb_build_array(k.prsstart, k.prstoken, k.prsend, k.prsheadline, k.prslextype)' })}
FROM pg_ts_parser k JOIN pg_namespace n ON n.oid = k.prsnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_ts_parser', 'k.oid')}`
  },
  {
    what: 'text search templates',
    sql: `-- read the text search templates
SELECT 'text search template' AS kind, format('%I.%I', n.nspname, k.tmplname) AS name,
  ${definition({ functions: 'jsonb_build_array(k.tmplinit, k.tmpllexize)' })}
FROM pg_ts_template k JOIN pg_namespace n ON n.oid = k.tmplnamespace WHERE ${IS_USERS} AND ${isNoMember('pg_ts_template', 'k.oid')}`
  }
]

const transforms: Query = {
  what: 'transforms',
  sql: `-- read the transforms
SELECT 'transform' AS kind, format('for %s language %I', format_type(k.trftype, NULL), l.lanname) AS name, ${definition(
    {
      from: 'k.trffromsql::regprocedure',
      to: 'k.trftosql::regprocedure'
    }
  )}
FROM pg_transform k JOIN pg_language l ON l.oid = k.trflang WHERE ${isNoMember('pg_transform', 'k.oid')}`
}

const languages: Query = {
  what: 'languages',
  sql: `-- read the languages
SELECT 'language' AS kind, quote_ident(l.lanname) AS name, ${definition({
    trusted: flag('l.lanpltrusted'),
    functions:
      'jsonb_build_array(l.lanplcallfoid::regprocedure, l.laninline::regprocedure, l.lanvalidator::regprocedure)'
  })}
FROM pg_language l WHERE l.oid >= 16384 AND ${isNoMember('pg_language', 'l.oid')}`
}

const accessMethods: Query = {
  what: 'access methods',
  sql: `-- read the access methods
SELECT 'access method' AS kind, quote_ident(a.amname) AS name, ${definition({ type: 'a.amtype', handler: 'a.amhandler' })}
FROM pg_am a WHERE a.oid >= 16384 AND ${isNoMember('pg_am', 'a.oid')}`
}

export const TYPES_AND_FUNCTIONS: readonly Query[] = [
  functions,
  aggregates,
  types,
  operators,
  operatorClasses,
  operatorFamilies,
  casts,
  conversions,
  collations,
  ...textSearch,
  transforms,
  languages,
  accessMethods
]
