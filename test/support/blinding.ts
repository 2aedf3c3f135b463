/** What would fire for whoever compares by text or without a schema. */
export const BLINDING = `
CREATE TABLE public.caught (at text);
GRANT ALL ON public.caught TO PUBLIC;
CREATE FUNCTION public.grab(at text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN IF session_user::text LIKE 's%' THEN INSERT INTO public.caught VALUES (at); END IF; RETURN 'same'; END $$;
CREATE TYPE public.own AS (a int);
CREATE TABLE public.t (id int, v int, o public.own, o2 public.own[]);
INSERT INTO public.t VALUES (1, 1, ROW(1), ARRAY[ROW(1)::public.own]), (2, 2, ROW(2), NULL);
CREATE FUNCTION public.t_text(public.t) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''cast of a row'')';
CREATE CAST (public.t AS text) WITH FUNCTION public.t_text(public.t) AS IMPLICIT;
CREATE FUNCTION public.own_text(public.own) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''cast of a value'')';
CREATE CAST (public.own AS text) WITH FUNCTION public.own_text(public.own) AS IMPLICIT;
CREATE FUNCTION public.same(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.grab(''operator'') IS NULL';
CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE OPERATOR public.!~ (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);
CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE sql AS 'SELECT public.grab(''format'')';
CREATE FUNCTION public.record_send(record) RETURNS bytea LANGUAGE plpgsql AS 'BEGIN PERFORM public.grab(''record_send''); RETURN ''x''; END';
CREATE FUNCTION public.hash_record_extended(record, int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM public.grab(''hash''); RETURN 1; END';
CREATE FUNCTION public.pg_get_userbyid(oid) RETURNS name LANGUAGE sql AS 'SELECT public.grab(''pg_get_userbyid'')::name';
CREATE VIEW public.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE public.grab('pg_class') IS NULL;
CREATE VIEW public.pg_namespace AS SELECT * FROM pg_catalog.pg_namespace WHERE public.grab('pg_namespace') IS NULL;
CREATE VIEW public.pg_settings AS SELECT * FROM pg_catalog.pg_settings WHERE public.grab('pg_settings') IS NULL;
COMMIT;
ANALYZE;
`
