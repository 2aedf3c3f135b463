import type { PostgresqlSession } from '../../../contract/ports.ts'
import { quoteText } from '../../../contract/sql.ts'

/** What a database is made with and can never change. */
export interface Locale {
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** `c`, `i`, `b`: the C library, ICU, the server's own (from 17 on). */
  readonly provider: string
  readonly locale: string | undefined
  readonly rules: string | undefined
}

/** Columns that not every major has are read through JSON. */
export async function localeOf(outside: PostgresqlSession, database: string): Promise<Locale | undefined> {
  const [row] = await outside.query(
    `-- look at the locale
     SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, datlocprovider,
            coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale, to_jsonb(d) ->> 'daticurules' AS rules
     FROM pg_database d WHERE datname = $1`,
    [database]
  )
  if (row === undefined) return undefined
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    encoding: String(row['encoding']),
    collate: String(row['datcollate']),
    ctype: String(row['datctype']),
    provider: String(row['datlocprovider']),
    locale: text(row['locale']),
    rules: text(row['rules'])
  }
}

/** `en_US.utf8` is `en_US.UTF-8` to whoever reads it. */
export function isSameLocale(one: Locale, other: Locale): boolean {
  const plain = ({ encoding, collate, ctype, provider, locale, rules }: Locale) =>
    JSON.stringify([encoding, plainName(collate), plainName(ctype), provider, locale, rules])
  return plain(one) === plain(other)
}

function plainName(name: string): string {
  const [language = '', encoding] = name.split('.')
  if (language === 'POSIX') return 'C'
  return encoding === undefined ? language : `${language}.${encoding.toLowerCase().replaceAll('-', '')}`
}

const PROVIDERS: Readonly<Record<string, readonly [name: string, option: string]>> = {
  c: ['libc', 'LOCALE'],
  i: ['icu', 'ICU_LOCALE'],
  b: ['builtin', 'BUILTIN_LOCALE']
}

/** The options of CREATE DATABASE; only from template0 may they differ from the server's own. */
export function localeOptions({ encoding, collate, ctype, provider, locale, rules }: Locale): string {
  const [name, option] = PROVIDERS[provider] ?? ['libc', 'LOCALE']
  return [
    `ENCODING ${quoteText(encoding)} LC_COLLATE ${quoteText(collate)} LC_CTYPE ${quoteText(ctype)} LOCALE_PROVIDER ${name}`,
    ...(locale === undefined ? [] : [`${option} ${quoteText(locale)}`]),
    ...(rules === undefined ? [] : [`ICU_RULES ${quoteText(rules)}`])
  ].join(' ')
}
