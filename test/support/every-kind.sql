-- A small database with every kind of object: what a move must carry over, and a verifier must look at.
-- Three sections, each by whoever may make such things. {group}, {reader} and {login} are filled in.

-- section: tenant
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'the shop';
CREATE SCHEMA "Odd ""Name";

-- types
CREATE TYPE shop.status AS ENUM ('new', 'sent', 'back');
ALTER TYPE shop.status ADD VALUE 'paid' BEFORE 'sent';
-- A new value is of use only after it.
COMMIT;
CREATE DOMAIN shop.email AS citext COLLATE "C" DEFAULT 'nobody@example.eu' CONSTRAINT has_at CHECK (VALUE ~ '@');
COMMENT ON CONSTRAINT has_at ON DOMAIN shop.email IS 'not much of a check';
CREATE TYPE shop.address AS (street text, zip varchar(10), city text);
CREATE TYPE shop.span AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = shop.spans);
COMMENT ON TYPE shop.status IS 'of an order';
CREATE COLLATION shop.numbered (provider = icu, locale = 'en-u-kn', deterministic = false);

-- functions and what is made of them
CREATE FUNCTION shop.add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a + b';
CREATE FUNCTION shop.safe() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = shop, pg_temp AS 'BEGIN RETURN ''safe''; END';
CREATE FUNCTION shop.modern(a int) RETURNS int LANGUAGE sql RETURN a + 1;
CREATE PROCEDURE shop.nothing() LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE AGGREGATE shop.total (int) (SFUNC = shop.add, STYPE = int, INITCOND = '0');
COMMENT ON FUNCTION shop.add(int, int) IS 'adds';
COMMENT ON AGGREGATE shop.total(int) IS 'adds all';
CREATE FUNCTION shop.same_city(shop.address, shop.address) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).city OPERATOR(pg_catalog.=) ($2).city';
CREATE OPERATOR shop.=== (LEFTARG = shop.address, RIGHTARG = shop.address, FUNCTION = shop.same_city, COMMUTATOR = OPERATOR(shop.===));
CREATE FUNCTION shop.address_text(shop.address) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1).street || '', '' || ($1).city';
CREATE CAST (shop.address AS text) WITH FUNCTION shop.address_text(shop.address) AS ASSIGNMENT;
CREATE CONVERSION shop.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY shop.plain (TEMPLATE = pg_catalog.simple, Accept = false);
CREATE TEXT SEARCH CONFIGURATION shop.words (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION shop.words ALTER MAPPING FOR asciiword WITH shop.plain, pg_catalog.simple;
COMMENT ON TEXT SEARCH CONFIGURATION shop.words IS 'words';

-- tables
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email shop.email NOT NULL UNIQUE,
  name text NOT NULL COLLATE "C",
  home shop.address,
  tags text[] NOT NULL DEFAULT '{}',
  attributes hstore,
  balance numeric NOT NULL DEFAULT 0,
  referred_by bigint REFERENCES shop.customers (id),
  updated_at timestamptz,
  words tsvector GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple', name)) STORED
);
CREATE TABLE shop.orders (
  id bigint NOT NULL, customer_id bigint NOT NULL REFERENCES shop.customers (id), status shop.status NOT NULL DEFAULT 'new',
  history shop.status[] NOT NULL DEFAULT '{}', placed date NOT NULL, note text, PRIMARY KEY (id, placed)
) PARTITION BY RANGE (placed);
CREATE SEQUENCE shop.order_id START 1000 INCREMENT 10 CACHE 20 OWNED BY shop.orders.id;
ALTER TABLE shop.orders ALTER id SET DEFAULT nextval('shop.order_id');
CREATE TABLE shop.orders_january PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.orders_february PARTITION OF shop.orders FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE shop.orders_rest PARTITION OF shop.orders DEFAULT;
CREATE TABLE shop.items (
  order_id bigint, placed date, line int, amount int CHECK (amount > 0), PRIMARY KEY (order_id, placed, line),
  CONSTRAINT of_order FOREIGN KEY (order_id, placed) REFERENCES shop.orders DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE shop.parent (a int, b text);
CREATE TABLE shop.child (c int) INHERITS (shop.parent);
CREATE TABLE shop.log (at timestamptz NOT NULL, line text COMPRESSION pglz, level float8) WITH (fillfactor = 70, autovacuum_enabled = false);
CREATE UNLOGGED TABLE shop.cache (k text PRIMARY KEY, v jsonb);
CREATE TABLE shop.nothing ();
CREATE TABLE shop.bookings (room int, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE shop.documents (id int PRIMARY KEY, body oid);
CREATE TABLE shop.tenants (tenant text, v text);
CREATE TABLE shop.of_address OF shop.address;
CREATE TABLE "Odd ""Name"."Table; --" ("Column "" '" int, "SELECT" text COLLATE shop.numbered);
CREATE TABLE shop.oddities (
  id int PRIMARY KEY, j json, x xml, p point, m money, i interval, b bit(8), ip inet, mac macaddr, q tsquery, c citext, r int4range,
  mr int8multirange, f4 float4, f8 float8, n numeric, t time, tz timetz, ch char(10), bytes bytea, jp jsonpath, class regclass, jb jsonb,
  span shop.span, homes shop.address[], mail shop.email
);
INSERT INTO shop.customers (email, name, home, tags, attributes, balance) VALUES
  ('Ada@example.eu', 'Ada', ROW('Street 1', '10115', 'Berlin'), '{a,b}', 'k=>v', 1.1),
  ('grace@example.eu', 'Grace', ROW(NULL, NULL, NULL), '{}', NULL, 2.50), ('linus@example.eu', 'Linus', NULL, '{""}', 'k=>NULL', 0);
UPDATE shop.customers SET referred_by = 1 WHERE id = 2;
INSERT INTO shop.orders (customer_id, status, history, placed, note) VALUES
  (1, 'paid', '{new,paid}', '2026-01-05', 'first'), (2, 'back', '{new,sent,back}', '2026-01-06', NULL), (3, 'new', '{}', '2027-01-01', '');
INSERT INTO shop.items SELECT id, placed, l, l FROM shop.orders, generate_series(1, 2) l;
INSERT INTO shop.parent VALUES (1, 'in the parent');
INSERT INTO shop.child VALUES (2, 'in the child', 3);
INSERT INTO shop.log VALUES ('2026-01-01', 'twice', 1), ('2026-01-01', 'twice', 1), ('2026-01-02', 'once', 'NaN');
INSERT INTO shop.cache VALUES ('k', '{"n": 1.0}');
INSERT INTO shop.nothing DEFAULT VALUES;
INSERT INTO shop.nothing DEFAULT VALUES;
INSERT INTO shop.bookings VALUES (1, '[2026-01-01,2026-01-02)'), (1, '[2026-01-02,2026-01-03)');
INSERT INTO shop.tenants VALUES ('t1', 'one'), ('t2', 'two');
INSERT INTO shop.of_address VALUES ('s', 'z', 'c');
INSERT INTO "Odd ""Name"."Table; --" VALUES (1, 'a10'), (2, 'a9');
INSERT INTO shop.oddities VALUES (1, '{"b":1, "a":[1,2],"b":2}', '<a n="1">x</a>', '(1,2)', 12.34, '1 month', B'10101010', '10.0.0.1/8', '08:00:2b:01:02:03',
  'a & b', 'AbC', '[1,5)', '{[1,3)}', 0.1, -0.0, 1.10, '12:00', '12:00+02', 'abc', '\x00ff', '$.a[*]', 'shop.customers', '{"n": 1.10}', '[0.5,1)',
  ARRAY[ROW('s', 'z', 'c')]::shop.address[], 'A@b');
INSERT INTO shop.oddities (id, i, f4, f8, n, c) VALUES (2, '30 days', 'NaN', 'Infinity', 'NaN', ''), (3, NULL, NULL, NULL, NULL, NULL);
SELECT lo_from_bytea(700001, '\x0001'), lo_from_bytea(700002, decode(repeat('ab', 5000), 'hex')), lo_from_bytea(700003, '');
INSERT INTO shop.documents VALUES (1, 700001), (2, 700002), (3, 700003);
COMMENT ON LARGE OBJECT 700001 IS 'first';
COMMIT;

-- what belongs to tables
ALTER TABLE shop.log ADD CONSTRAINT not_old CHECK (at > '2026-01-01') NOT VALID, ADD CONSTRAINT has_level CHECK (level IS NOT NULL) NOT VALID;
ALTER TABLE shop.log ALTER line SET STORAGE EXTERNAL, ALTER line SET STATISTICS 50, ALTER line SET (n_distinct = -0.5);
ALTER TABLE shop.tenants REPLICA IDENTITY FULL;
CREATE INDEX customers_name ON shop.customers (lower(name) text_pattern_ops DESC) INCLUDE (id) WHERE id > 0;
CREATE INDEX customers_words ON shop.customers USING gin (words) WITH (fastupdate = off);
CREATE INDEX customers_trigrams ON shop.customers USING gin (name gin_trgm_ops);
CREATE INDEX orders_customer ON shop.orders (customer_id);
CREATE INDEX log_sum ON shop.log ((level + 1));
ALTER INDEX shop.log_sum ALTER COLUMN 1 SET STATISTICS 200;
ALTER TABLE shop.items CLUSTER ON items_pkey;
CREATE STATISTICS shop.customers_both (dependencies, mcv) ON name, balance FROM shop.customers;
ALTER STATISTICS shop.customers_both SET STATISTICS 300;
CREATE TRIGGER touch BEFORE UPDATE ON shop.customers FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION shop.touch();
CREATE TRIGGER sleeps BEFORE INSERT ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.customers DISABLE TRIGGER sleeps;
CREATE RULE kept AS ON DELETE TO shop.documents DO INSTEAD NOTHING;
ALTER TABLE shop.tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON shop.tenants AS RESTRICTIVE FOR SELECT TO "{reader}", PUBLIC USING (tenant = current_setting('app.tenant', true));
CREATE POLICY writes ON shop.tenants FOR INSERT TO "{login}" WITH CHECK (tenant <> '');
COMMENT ON TABLE shop.orders IS 'by month';
COMMENT ON COLUMN shop.orders.note IS 'free text';
COMMENT ON INDEX shop.log_sum IS 'an index';
COMMENT ON TRIGGER touch ON shop.customers IS 'a trigger';
COMMENT ON RULE kept ON shop.documents IS 'a rule';
COMMENT ON POLICY own_rows ON shop.tenants IS 'a policy';
COMMENT ON CONSTRAINT of_order ON shop.items IS 'a constraint';
COMMENT ON STATISTICS shop.customers_both IS 'statistics';

-- views, sequences, publications
CREATE VIEW shop.spent WITH (security_barrier) AS SELECT c.id, c.name, count(o.id) AS orders FROM shop.customers c LEFT JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.id, c.name;
CREATE VIEW shop.named AS SELECT id, name FROM shop.customers WHERE id > 0 WITH CHECK OPTION;
ALTER VIEW shop.named ALTER name SET DEFAULT 'nobody';
CREATE MATERIALIZED VIEW shop.per_day AS SELECT placed, count(*) AS n FROM shop.orders GROUP BY placed;
CREATE UNIQUE INDEX per_day_placed ON shop.per_day (placed);
CREATE MATERIALIZED VIEW shop.empty AS SELECT 1 AS one WITH NO DATA;
CREATE SEQUENCE shop.unused;
CREATE SEQUENCE shop.down AS int INCREMENT -1 MAXVALUE 100 MINVALUE -5 CYCLE;
SELECT nextval('shop.down'), nextval('shop.down');
CREATE PUBLICATION changes FOR TABLE shop.customers (id, name) WHERE (id > 0), shop.log WITH (publish = 'insert');

-- rights
GRANT USAGE ON SCHEMA shop TO "{reader}";
GRANT SELECT, INSERT ON shop.orders TO "{reader}" WITH GRANT OPTION;
GRANT UPDATE (note) ON shop.orders TO "{reader}", "{login}";
REVOKE SELECT ON shop.items FROM "{reader}";
GRANT SELECT ON shop.spent TO PUBLIC;
REVOKE EXECUTE ON FUNCTION shop.add(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.add(int, int) TO "{reader}";
REVOKE USAGE ON TYPE shop.status FROM PUBLIC;
GRANT SELECT ON LARGE OBJECT 700001 TO "{reader}";
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO "{login}";
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ANALYZE;

-- section: owner
ALTER DATABASE "{group}" SET search_path = shop, public;
ALTER DATABASE "{group}" SET work_mem = '8MB';
ALTER ROLE "{login}" IN DATABASE "{group}" SET statement_timeout = '10min';
COMMENT ON DATABASE "{group}" IS 'the database of the shop';

-- section: superuser
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER watches ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION shop.on_ddl();
CREATE TYPE shop.pair;
CREATE FUNCTION shop.pair_in(cstring) RETURNS shop.pair LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION shop.pair_out(shop.pair) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE shop.pair (INPUT = shop.pair_in, OUTPUT = shop.pair_out, INTERNALLENGTH = 16, ALIGNMENT = double);
CREATE OPERATOR FAMILY shop.backwards USING btree;
CREATE OPERATOR CLASS shop.backward_ops FOR TYPE int USING btree FAMILY shop.backwards AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
CREATE TEXT SEARCH TEMPLATE shop.pattern (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH PARSER shop.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE ACCESS METHOD another TYPE TABLE HANDLER heap_tableam_handler;
CREATE TRUSTED LANGUAGE otherpl HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE FUNCTION shop.address_internal(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'array_subscript_handler';
CREATE TRANSFORM FOR shop.address LANGUAGE otherpl (FROM SQL WITH FUNCTION shop.address_internal(internal));
CREATE FOREIGN DATA WRAPPER far OPTIONS (debug 'true');
CREATE SERVER there TYPE 'box' VERSION '1' FOREIGN DATA WRAPPER far OPTIONS (host 'there.example.eu');
GRANT USAGE ON FOREIGN SERVER there TO "{reader}";
GRANT USAGE ON FOREIGN DATA WRAPPER far TO "{group}";
ALTER SERVER there OWNER TO "{group}";
CREATE USER MAPPING FOR "{login}" SERVER there OPTIONS (user 'someone', password 'secret');
CREATE USER MAPPING FOR PUBLIC SERVER there;
CREATE FOREIGN TABLE shop.far (id int OPTIONS (column_name 'n'), v text) SERVER there OPTIONS (table_name 'x');
CREATE PUBLICATION all_of_it FOR TABLES IN SCHEMA shop WITH (publish = 'insert');
