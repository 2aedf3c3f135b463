-- A shop, the same whenever it is made: setting bench.scale, where 1 is about 1 GiB on disk.
CREATE FUNCTION pg_temp.many(n numeric) RETURNS int LANGUAGE sql
  AS $$ SELECT greatest(1, round(n * current_setting('bench.scale')::numeric))::int $$;
CREATE FUNCTION pg_temp.noise(seed text, blocks int) RETURNS bytea LANGUAGE sql
  AS $$ SELECT string_agg(decode(md5(seed || ':' || i), 'hex'), ''::bytea) FROM generate_series(1, blocks) AS i $$;

CREATE SCHEMA shop;
CREATE EXTENSION citext SCHEMA shop;
CREATE EXTENSION hstore SCHEMA shop;
CREATE EXTENSION pg_trgm SCHEMA shop;
CREATE EXTENSION btree_gist SCHEMA shop;
SET search_path = shop, pg_catalog;

CREATE TYPE shop.status AS ENUM ('new', 'paid', 'sent', 'back');
CREATE DOMAIN shop.email AS shop.citext CHECK (VALUE ~ '@');
CREATE TYPE shop.address AS (street text, zip text, city text);
CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY, email shop.email NOT NULL, name text NOT NULL COLLATE "C", home shop.address,
  tags text[] NOT NULL, attributes shop.hstore, balance numeric(12, 2) NOT NULL, referred_by bigint,
  created_at timestamptz NOT NULL, updated_at timestamptz,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED);
CREATE TABLE shop.orders (
  id bigint NOT NULL, customer bigint NOT NULL, status shop.status NOT NULL, placed date NOT NULL, total numeric(12, 2) NOT NULL,
  note text, during tstzrange) PARTITION BY RANGE (placed);
CREATE SEQUENCE shop.order_id START 1000 INCREMENT 10 CACHE 20 OWNED BY shop.orders.id;
ALTER TABLE shop.orders ALTER id SET DEFAULT nextval('shop.order_id');
DO $$
DECLARE month date;
BEGIN
  FOR month IN SELECT generate_series('2026-01-01'::date, '2026-12-01'::date, interval '1 month') LOOP
    EXECUTE format('CREATE TABLE shop.orders_%s PARTITION OF shop.orders FOR VALUES FROM (%L) TO (%L)',
      to_char(month, 'YYYYMM'), month, (month + interval '1 month')::date);
  END LOOP;
END $$;
CREATE TABLE shop.orders_rest PARTITION OF shop.orders DEFAULT;
CREATE TABLE shop.items (
  order_id bigint NOT NULL, placed date NOT NULL, line int NOT NULL, sku text NOT NULL, quantity int NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL, amount numeric(14, 2) GENERATED ALWAYS AS (quantity * price) STORED);
CREATE TABLE shop.events (id uuid NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, body jsonb NOT NULL);
CREATE TABLE shop.files (id serial, name text NOT NULL, sha bytea NOT NULL, data bytea NOT NULL);
ALTER TABLE shop.files ALTER data SET STORAGE EXTERNAL;
CREATE TABLE shop.log (at timestamptz NOT NULL, level int, line text, root double precision, ip inet);
CREATE UNLOGGED TABLE shop.cache (key text PRIMARY KEY, value jsonb);
CREATE TABLE shop.bookings (room int, during tstzrange);
CREATE TABLE shop.docs (id int PRIMARY KEY, object oid);
CREATE TABLE shop.trail (id bigserial PRIMARY KEY, what text, at timestamptz);
DO $$ BEGIN
  FOR number IN 1..40 LOOP
    EXECUTE format('CREATE TABLE shop.small_%s (id int PRIMARY KEY, name text UNIQUE, more jsonb)', number);
    EXECUTE format('INSERT INTO shop.small_%s SELECT g, ''name '' || g, jsonb_build_object(''n'', g) FROM generate_series(1, 50) AS g', number);
  END LOOP;
END $$;

INSERT INTO shop.customers (email, name, home, tags, attributes, balance, referred_by, created_at)
  SELECT 'user' || g || '@example.eu', 'Name ' || md5(g::text) || ' ' || (g % 1000),
    ROW('Street ' || g % 500, lpad((g % 99999)::text, 5, '0'), 'City' || g % 300)::shop.address, ARRAY['t' || g % 7, 'u' || g % 13],
    hstore('k' || g % 5, md5((g * 7)::text)), (g % 100000) / 100.0, CASE WHEN g > 10 AND g % 3 = 0 THEN 1 + g / 2 END,
    '2026-01-01'::timestamptz + g * interval '47 seconds'
  FROM generate_series(1, pg_temp.many(330000)) AS g;
INSERT INTO shop.orders (customer, status, placed, total, note, during)
  SELECT 1 + (g::bigint * 7919) % pg_temp.many(330000), (ARRAY['new', 'paid', 'sent', 'back'])[1 + g % 4]::shop.status,
    '2025-12-20'::date + (g % 400), (g % 500000) / 100.0, CASE WHEN g % 4 = 0 THEN md5(g::text) || ' note' END,
    tstzrange('2026-01-01'::timestamptz + g * interval '1 min', '2026-01-02'::timestamptz + g * interval '1 min')
  FROM generate_series(1, pg_temp.many(740000)) AS g;
INSERT INTO shop.items (order_id, placed, line, sku, quantity, price)
  SELECT o.id, o.placed, line, 'SKU-' || (o.id * line) % 50000, 1 + (o.id % 5), (o.id % 9999) / 100.0
  FROM shop.orders AS o, generate_series(1, 2) AS line;
INSERT INTO shop.events
  SELECT md5(g::text)::uuid, '2026-01-01'::timestamptz + g * interval '10 s', 'k' || g % 20,
    jsonb_build_object('n', g, 'user', jsonb_build_object('id', g % 1000, 'h', md5(g::text)), 'list', jsonb_build_array(g, g + 1, g % 7),
      'text', repeat(md5((g * 3)::text), 2), 'ok', g % 2 = 0, 'f', g / 7.0)
  FROM generate_series(1, pg_temp.many(490000)) AS g;
INSERT INTO shop.files (name, sha, data)
  SELECT 'file' || g, sha256(g::text::bytea), pg_temp.noise(g::text, 1500) FROM generate_series(1, pg_temp.many(4900)) AS g;
INSERT INTO shop.log
  SELECT '2026-01-01'::timestamptz + g * interval '1 s', g % 8, 'line ' || md5(g::text) || ' ' || repeat('x', g % 60), sqrt(g),
    ('10.' || g % 256 || '.' || (g / 256) % 256 || '.1')::inet
  FROM generate_series(1, pg_temp.many(410000)) AS g;
-- Rows that are equal in every column.
INSERT INTO shop.log SELECT * FROM shop.log WHERE at < '2026-01-01 00:10:00';
INSERT INTO shop.cache SELECT 'k' || g, jsonb_build_object('v', md5(g::text)) FROM generate_series(1, pg_temp.many(40000)) AS g;
INSERT INTO shop.bookings SELECT g, tstzrange('2026-01-01', '2026-01-02') FROM generate_series(1, pg_temp.many(2000)) AS g;
INSERT INTO shop.docs SELECT g, lo_from_bytea(0, pg_temp.noise('object' || g, 6000)) FROM generate_series(1, pg_temp.many(160)) AS g;

ALTER TABLE shop.customers ADD PRIMARY KEY (id);
ALTER TABLE shop.customers ADD UNIQUE (email);
ALTER TABLE shop.customers ADD FOREIGN KEY (referred_by) REFERENCES shop.customers;
ALTER TABLE shop.orders ADD PRIMARY KEY (id, placed);
ALTER TABLE shop.orders ADD FOREIGN KEY (customer) REFERENCES shop.customers;
ALTER TABLE shop.items ADD PRIMARY KEY (order_id, placed, line);
ALTER TABLE shop.items ADD FOREIGN KEY (order_id, placed) REFERENCES shop.orders DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE shop.events ADD PRIMARY KEY (id);
ALTER TABLE shop.files ADD PRIMARY KEY (id);
ALTER TABLE shop.bookings ADD EXCLUDE USING gist (room WITH =, during WITH &&);
CREATE INDEX ON shop.customers USING gin (words);
CREATE INDEX ON shop.customers (lower(name));
CREATE INDEX ON shop.customers USING gin (name gin_trgm_ops);
CREATE INDEX ON shop.orders (customer);
CREATE INDEX ON shop.orders (status) WHERE status = 'new';
CREATE INDEX ON shop.items (sku);
CREATE INDEX ON shop.events USING gin (body jsonb_path_ops);
CREATE INDEX ON shop.events (kind, at);
CREATE INDEX ON shop.files USING hash (name);
CREATE INDEX ON shop.log USING brin (at);
CREATE INDEX ON shop.log (level);
CREATE STATISTICS shop.orders_statistics (dependencies) ON customer, status FROM shop.orders;
CREATE VIEW shop.best AS
  SELECT c.id, c.name, sum(o.total) AS total FROM shop.customers AS c JOIN shop.orders AS o ON o.customer = c.id GROUP BY 1, 2;
CREATE MATERIALIZED VIEW shop.per_day AS SELECT placed, count(*) AS orders, sum(total) AS total FROM shop.orders GROUP BY 1;
CREATE UNIQUE INDEX ON shop.per_day (placed);
CREATE FUNCTION shop.trace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shop.trail (what) VALUES (TG_TABLE_NAME || ' ' || TG_OP);
  RETURN NULL;
END $$;
CREATE TRIGGER trace AFTER INSERT OR UPDATE OR DELETE ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.trace();
COMMENT ON TABLE shop.orders IS 'orders, by month';
