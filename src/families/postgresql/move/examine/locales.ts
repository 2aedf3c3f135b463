import type { MoveFinding } from '../../../../contract/move.ts'
import type { PostgresqlSession } from '../../../../contract/ports.ts'
import { finding, type Group, type Look, type TargetLook } from './look.ts'

/** Letters and their order. */
export const locales: Group = async (look) => {
  const { inside, target } = look
  if (target === undefined) return []
  return [...wholeDatabase(look, target), ...(await collations(inside, target))]
}

function wholeDatabase({ source, from }: Look, { facts }: TargetLook): readonly MoveFinding[] {
  const found: MoveFinding[] = []
  if (source.encoding !== facts.encoding) {
    found.push(
      finding(
        'encoding-differs',
        'blocking',
        'target',
        `Its databases have the encoding ${facts.encoding}, and ${from.access.database} has ${source.encoding}.`
      )
    )
  }
  if (source.collate !== facts.collate || source.ctype !== facts.ctype) {
    found.push(
      finding(
        'locale-differs',
        'warning',
        'target',
        `Its databases have the locale ${facts.collate}, ${facts.ctype}, and the source has ${source.collate}, ${source.ctype}: what is sorted or compared without case may come out otherwise.`
      )
    )
  } else if (isOther(source.collationVersion, facts.collationVersion)) {
    found.push(
      finding(
        'collation-version',
        'warning',
        'target',
        `The locale ${source.collate} has the version ${facts.collationVersion} there and ${source.collationVersion} at the source: some texts may be sorted otherwise.`
      )
    )
  }
  return found
}

function isOther(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

/** Those of the server that columns, domains, indexes … name. */
async function collations(inside: PostgresqlSession, target: TargetLook): Promise<readonly MoveFinding[]> {
  const used = await inside.query(
    `-- look for collations
     SELECT DISTINCT c.collname AS name, c.collprovider AS provider, c.collcollate AS locale, c.collversion AS version,
            c.collnamespace <> 'pg_catalog'::regnamespace AS own
     FROM pg_collation c
     WHERE c.collnamespace <> 'pg_catalog'::regnamespace
        OR EXISTS (SELECT FROM pg_attribute a WHERE a.attcollation = c.oid AND a.attrelid >= 16384)
        OR EXISTS (SELECT FROM pg_type t WHERE t.typcollation = c.oid AND t.oid >= 16384)
        OR EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_collation'::regclass AND d.refobjid = c.oid)
     ORDER BY name`
  )
  const known = await target.outside.query(
    '-- look for collations\nSELECT collname AS name, collprovider AS provider, collcollate AS locale, collversion AS version FROM pg_collation'
  )
  return used.flatMap((row) => {
    const isOwn = row['own'] === true
    const same = known.find((each) =>
      isOwn
        ? each['provider'] === row['provider'] &&
          (row['provider'] !== 'c' || each['locale'] === row['locale'])
        : each['name'] === row['name']
    )
    const subject = `collation ${String(row['name'])}`
    if (same === undefined) {
      return [finding('locale-unavailable', 'blocking', subject, 'The target does not have it.')]
    }
    const [here, there] = [row['version'], same['version']]
    if (isOwn || typeof here !== 'string' || typeof there !== 'string' || here === there) return []
    const text = `It has the version ${there} at the target and ${here} at the source: some texts may be sorted otherwise.`
    return [finding('collation-version', 'warning', subject, text)]
  })
}
