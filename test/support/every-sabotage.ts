/** Who does it: a tenant's login, the managed root inside the tenant's database, or the server's own superuser. */
export type Saboteur = 'login' | 'root' | 'superuser'

/** One thing done to one side of two equal databases, and what it must be called when they are compared. */
export interface Sabotage {
  readonly as: Saboteur
  readonly sql: string
  readonly finds: string
}

const by =
  (as: Saboteur) =>
  (sql: string, finds: string): Sabotage => ({ as, sql, finds })
const login = by('login')
const root = by('root')
const superuser = by('superuser')

/**
 * Of a database filled with `every-kind.sql`: by theme, so that those of one theme do not hide each other. `{group}`, `{reader}` and
 * `{login}` are filled in.
 */
export const SABOTAGES: Readonly<Record<string, readonly Sabotage[]>> = {
  'rows and values': [
    login('DELETE FROM shop.log WHERE ctid = (SELECT min(ctid) FROM shop.log)', 'rows of table shop.log'),
    login('TRUNCATE shop.cache', 'rows of table shop.cache'),
    login(`UPDATE shop.orders SET note = 'First' WHERE note = 'first'`, 'rows of table shop.orders_january'),
    login('DELETE FROM ONLY shop.parent', 'rows of table shop.parent'),
    login('UPDATE shop.child SET c = 4', 'rows of table shop.child'),
    login('INSERT INTO shop.nothing DEFAULT VALUES', 'rows of table shop.nothing'),
    login(
      `UPDATE "Odd ""Name"."Table; --" SET "Column "" '" = 9 WHERE "SELECT" = 'a9'`,
      'rows of table "Odd ""Name"."Table; --"'
    ),
    login('REFRESH MATERIALIZED VIEW shop.per_day WITH NO DATA', 'materialized view shop.per_day'),
    login(`SELECT setval('shop.order_id', 5000)`, 'value of sequence shop.order_id'),
    login(`SELECT setval('shop.down', 99, false)`, 'value of sequence shop.down'),
    login('SELECT lo_unlink(700001)', 'large object 700001'),
    login(`SELECT lo_put(700002, 10, '\\x00')`, 'large object 700002'),
    login('SELECT lo_create(700009)', 'large object 700009')
  ],
  rights: [
    login('REVOKE SELECT ON shop.orders FROM "{reader}"', 'grant on table shop.orders'),
    login('GRANT SELECT ON shop.items TO PUBLIC', 'grant on table shop.items'),
    login('REVOKE GRANT OPTION FOR INSERT ON shop.orders FROM "{reader}"', 'grant on table shop.orders'),
    login('REVOKE UPDATE (note) ON shop.orders FROM "{login}"', 'grant on table column shop.orders.note'),
    login('GRANT SELECT (id) ON shop.customers TO "{login}"', 'grant on table column shop.customers.id'),
    login('REVOKE SELECT ON shop.spent FROM PUBLIC', 'grant on view shop.spent'),
    login('REVOKE USAGE ON SEQUENCE shop.unused FROM "{reader}"', 'grant on sequence shop.unused'),
    login(
      'GRANT EXECUTE ON FUNCTION shop.add(int, int) TO PUBLIC',
      'grant on function shop.add(integer,integer)'
    ),
    login('GRANT EXECUTE ON PROCEDURE shop.nothing() TO "{reader}"', 'grant on procedure shop.nothing()'),
    login('GRANT USAGE ON TYPE shop.status TO PUBLIC', 'grant on type shop.status'),
    login('REVOKE USAGE ON TYPE shop.email FROM PUBLIC', 'grant on type shop.email'),
    login('GRANT CREATE ON SCHEMA shop TO "{reader}"', 'grant on schema shop'),
    login('REVOKE USAGE ON SCHEMA public FROM "{reader}"', 'grant on schema public'),
    login('REVOKE SELECT ON LARGE OBJECT 700001 FROM "{reader}"', 'grant on large object 700001'),
    login(
      'ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM "{reader}"',
      'default privileges of group on tables'
    ),
    login(
      'ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT UPDATE ON TABLES TO "{login}"',
      'default privileges of group on tables in schema shop'
    ),
    login(
      'ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC',
      'default privileges of group on functions'
    ),
    root('GRANT CREATE ON DATABASE "{group}" TO "{reader}"', 'grant on database'),
    superuser('GRANT USAGE ON LANGUAGE otherpl TO "{group}"', 'grant on language otherpl'),
    superuser('REVOKE USAGE ON FOREIGN SERVER there FROM "{reader}"', 'grant on server there'),
    superuser('REVOKE USAGE ON FOREIGN DATA WRAPPER far FROM "{group}"', 'grant on foreign-data wrapper far'),
    superuser(
      'GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO "{group}"',
      'grant on function pg_catalog.pg_ls_dir(pg_catalog.text)'
    ),
    superuser('ALTER TABLE shop.log OWNER TO "{reader}"', 'owner of table shop.log'),
    superuser('ALTER FUNCTION shop.safe() OWNER TO CURRENT_USER', 'owner of function shop.safe()'),
    superuser('ALTER SCHEMA "Odd ""Name" OWNER TO "{login}"', 'owner of schema "Odd ""Name"'),
    superuser('ALTER LARGE OBJECT 700003 OWNER TO "{login}"', 'owner of large object 700003')
  ],
  'comments and settings': [
    login(`COMMENT ON SCHEMA shop IS 'another'`, 'comment on schema shop'),
    login('COMMENT ON TABLE shop.orders IS NULL', 'comment on table shop.orders'),
    login(`COMMENT ON COLUMN shop.orders.note IS 'x'`, 'comment on table column shop.orders.note'),
    login(`COMMENT ON TABLE shop.items IS 'one too many'`, 'comment on table shop.items'),
    login('COMMENT ON INDEX shop.log_sum IS NULL', 'comment on index shop.log_sum'),
    login('COMMENT ON TRIGGER touch ON shop.customers IS NULL', 'comment on trigger touch on shop.customers'),
    login('COMMENT ON RULE kept ON shop.documents IS NULL', 'comment on rule kept on shop.documents'),
    login('COMMENT ON POLICY own_rows ON shop.tenants IS NULL', 'comment on policy own_rows on shop.tenants'),
    login(
      'COMMENT ON CONSTRAINT of_order ON shop.items IS NULL',
      'comment on table constraint of_order on shop.items'
    ),
    login(
      'COMMENT ON STATISTICS shop.customers_both IS NULL',
      'comment on statistics object shop.customers_both'
    ),
    login('COMMENT ON LARGE OBJECT 700001 IS NULL', 'comment on large object 700001'),
    login('COMMENT ON TYPE shop.status IS NULL', 'comment on type shop.status'),
    login('COMMENT ON FUNCTION shop.add(int, int) IS NULL', 'comment on function shop.add(integer,integer)'),
    login('COMMENT ON EXTENSION citext IS NULL', 'comment on extension citext'),
    root('COMMENT ON DATABASE "{group}" IS NULL', 'comment on database'),
    root('ALTER DATABASE "{group}" RESET work_mem', 'setting of the database work_mem'),
    root('ALTER DATABASE "{group}" SET search_path = public', 'setting of the database search_path'),
    root(
      `ALTER ROLE "{login}" IN DATABASE "{group}" SET statement_timeout = '1min'`,
      'setting of login 1 statement_timeout'
    ),
    root(`ALTER ROLE "{login}" SET lock_timeout = '1min'`, 'setting of login 1 lock_timeout')
  ],
  'what belongs to tables': [
    login('ALTER TABLE shop.log ALTER line SET DEFAULT 0', 'column shop.log.line'),
    login('ALTER TABLE shop.log ALTER at DROP NOT NULL', 'column shop.log.at'),
    login('ALTER TABLE shop.log ALTER level SET STATISTICS 5', 'column shop.log.level'),
    login('ALTER TABLE shop.orders ALTER status DROP DEFAULT', 'column shop.orders.status'),
    login('ALTER TABLE shop.parent ALTER b SET STORAGE EXTERNAL', 'column shop.parent.b'),
    login('ALTER TABLE shop.documents ADD extra int', 'column shop.documents.extra'),
    login('ALTER TABLE shop.bookings ALTER room TYPE bigint', 'column shop.bookings.room'),
    login('ALTER TABLE shop.log RESET (fillfactor)', 'table shop.log'),
    login('ALTER TABLE shop.cache SET LOGGED', 'table shop.cache'),
    login('ALTER TABLE shop.child NO INHERIT shop.parent', 'table shop.child'),
    login('ALTER TABLE shop.of_address NOT OF', 'table shop.of_address'),
    login(
      'ALTER TABLE shop.tenants REPLICA IDENTITY DEFAULT, DISABLE ROW LEVEL SECURITY',
      'table shop.tenants'
    ),
    login('ALTER TABLE shop.orders DETACH PARTITION shop.orders_february', 'table shop.orders_february'),
    login('ALTER TABLE shop.items SET WITHOUT CLUSTER', 'index shop.items_pkey'),
    login('DROP INDEX shop.orders_customer', 'index shop.orders_customer'),
    login('ALTER INDEX shop.log_sum ALTER COLUMN 1 SET STATISTICS 5', 'index shop.log_sum'),
    login('ALTER INDEX shop.customers_words RESET (fastupdate)', 'index shop.customers_words'),
    superuser(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.customers_name'::regclass`,
      'index shop.customers_name'
    ),
    login('CREATE INDEX one_too_many ON shop.log (level)', 'index shop.one_too_many'),
    login('ALTER TABLE shop.log VALIDATE CONSTRAINT has_level', 'constraint has_level on shop.log'),
    login(
      'ALTER TABLE shop.items ALTER CONSTRAINT of_order NOT DEFERRABLE',
      'constraint of_order on shop.items'
    ),
    login(
      'ALTER TABLE shop.items DROP CONSTRAINT items_amount_check',
      'constraint items_amount_check on shop.items'
    ),
    login('ALTER DOMAIN shop.email DROP CONSTRAINT has_at', 'constraint has_at on shop.email'),
    login('ALTER TABLE shop.customers ENABLE TRIGGER sleeps', 'trigger sleeps on shop.customers'),
    login('DROP TRIGGER touch ON shop.customers', 'trigger touch on shop.customers'),
    superuser(
      'ALTER TABLE shop.items DISABLE TRIGGER ALL',
      'trigger "RI_FKey_check_ins" of a constraint of shop.items with shop.orders'
    ),
    login('DROP RULE kept ON shop.documents', 'rule kept on shop.documents'),
    login('DROP POLICY own_rows ON shop.tenants', 'policy own_rows on shop.tenants'),
    login('ALTER POLICY writes ON shop.tenants TO "{reader}"', 'policy writes on shop.tenants'),
    login('ALTER STATISTICS shop.customers_both SET STATISTICS 5', 'statistics shop.customers_both'),
    login('ALTER SEQUENCE shop.down NO CYCLE', 'sequence settings shop.down'),
    login('ALTER SEQUENCE shop.order_id OWNED BY NONE', 'sequence settings shop.order_id')
  ],
  'missing objects': [
    login('DROP TABLE shop.documents', 'table shop.documents'),
    login('CREATE TABLE shop.late (v int)', 'table shop.late'),
    login('CREATE SCHEMA late', 'schema late'),
    login('DROP VIEW shop.named', 'view shop.named'),
    login('DROP MATERIALIZED VIEW shop.empty', 'materialized view shop.empty'),
    login('DROP SEQUENCE shop.unused', 'sequence shop.unused'),
    login('DROP STATISTICS shop.customers_both', 'statistics shop.customers_both'),
    login('DROP EXTENSION pg_trgm CASCADE', 'extension pg_trgm'),
    login('DROP FUNCTION shop.modern(int)', 'function shop.modern(integer)'),
    login('DROP PROCEDURE shop.nothing()', 'procedure shop.nothing()'),
    login('DROP AGGREGATE shop.total(int)', 'aggregate shop.total(integer)'),
    login(
      'DROP OPERATOR shop.===(shop.address, shop.address)',
      'operator shop.===(shop.address,shop.address)'
    ),
    login('DROP CAST (shop.address AS text)', 'cast shop.address to text'),
    login('DROP CONVERSION shop.latin', 'conversion shop.latin'),
    login('DROP COLLATION shop.numbered CASCADE', 'collation shop.numbered'),
    login('DROP TEXT SEARCH CONFIGURATION shop.words', 'text search configuration shop.words'),
    login('DROP TEXT SEARCH DICTIONARY shop.plain CASCADE', 'text search dictionary shop.plain'),
    login('DROP TYPE shop.span CASCADE', 'type shop.span'),
    login('DROP PUBLICATION changes', 'publication changes'),
    superuser('DROP EVENT TRIGGER watches', 'event trigger watches'),
    superuser(
      'DROP OPERATOR CLASS shop.backward_ops USING btree',
      'operator class shop.backward_ops using btree'
    ),
    superuser(
      'DROP OPERATOR FAMILY shop.backwards USING btree',
      'operator family shop.backwards using btree'
    ),
    superuser('DROP TEXT SEARCH TEMPLATE shop.pattern', 'text search template shop.pattern'),
    superuser('DROP TEXT SEARCH PARSER shop.parser', 'text search parser shop.parser'),
    superuser(
      'DROP TRANSFORM FOR shop.address LANGUAGE otherpl',
      'transform for shop.address language otherpl'
    ),
    superuser('DROP LANGUAGE otherpl', 'language otherpl'),
    superuser('DROP ACCESS METHOD another', 'access method another'),
    superuser('DROP TYPE shop.pair CASCADE', 'type shop.pair'),
    superuser('DROP USER MAPPING FOR "{login}" SERVER there', 'user mapping of login 1 on server there'),
    superuser('DROP FOREIGN TABLE shop.far', 'foreign table shop.far'),
    superuser('DROP SERVER there CASCADE', 'foreign server there'),
    superuser('DROP FOREIGN DATA WRAPPER far', 'foreign-data wrapper far')
  ],
  'altered objects': [
    login(
      'CREATE OR REPLACE VIEW shop.named AS SELECT id, name FROM shop.customers WHERE id > 1 WITH CHECK OPTION',
      'view shop.named'
    ),
    login(`ALTER VIEW shop.named ALTER name SET DEFAULT 'x'`, 'column shop.named.name'),
    login('ALTER VIEW shop.spent RESET (security_barrier)', 'view shop.spent'),
    login(
      `CREATE OR REPLACE FUNCTION shop.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a - b'`,
      'function shop.add(integer,integer)'
    ),
    login('ALTER FUNCTION shop.safe() RESET search_path', 'function shop.safe()'),
    login('ALTER FUNCTION shop.modern(int) VOLATILE COST 7', 'function shop.modern(integer)'),
    login(`ALTER TYPE shop.status ADD VALUE 'lost' AFTER 'sent'`, 'type shop.status'),
    login('ALTER TYPE shop.address ADD ATTRIBUTE country text CASCADE', 'column shop.address.country'),
    login('ALTER DOMAIN shop.email DROP DEFAULT', 'domain shop.email'),
    login(
      'CREATE OR REPLACE AGGREGATE shop.total (int) (SFUNC = shop.add, STYPE = int, INITCOND = 5)',
      'aggregate shop.total(integer)'
    ),
    login(
      'ALTER OPERATOR shop.=== (shop.address, shop.address) SET (RESTRICT = eqsel)',
      'operator shop.===(shop.address,shop.address)'
    ),
    login(
      'ALTER TEXT SEARCH CONFIGURATION shop.words DROP MAPPING FOR asciiword',
      'text search configuration shop.words'
    ),
    login('ALTER TEXT SEARCH DICTIONARY shop.plain (Accept = true)', 'text search dictionary shop.plain'),
    login('ALTER PUBLICATION changes DROP TABLE shop.log', 'publication changes'),
    superuser('ALTER EXTENSION hstore SET SCHEMA shop', 'extension hstore'),
    superuser('ALTER EVENT TRIGGER watches DISABLE', 'event trigger watches'),
    superuser(
      'ALTER OPERATOR FAMILY shop.backwards USING btree ADD FUNCTION 2 (int, int) btint4sortsupport(internal)',
      'operator family shop.backwards using btree'
    ),
    superuser(`ALTER SERVER there OPTIONS (SET host 'elsewhere.example.eu')`, 'foreign server there'),
    superuser(
      `ALTER USER MAPPING FOR "{login}" SERVER there OPTIONS (SET user 'other')`,
      'user mapping of login 1 on server there'
    ),
    superuser(`ALTER FOREIGN DATA WRAPPER far OPTIONS (SET debug 'false')`, 'foreign-data wrapper far'),
    superuser(`ALTER FOREIGN TABLE shop.far OPTIONS (SET table_name 'y')`, 'foreign table shop.far'),
    superuser(`ALTER FOREIGN TABLE shop.far ALTER id OPTIONS (SET column_name 'm')`, 'column shop.far.id'),
    superuser('ALTER PUBLICATION all_of_it DROP TABLES IN SCHEMA shop', 'publication all_of_it')
  ]
}
