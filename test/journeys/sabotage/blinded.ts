import { BLINDING } from '../../support/blinding.ts'

/** A tenant who does not want to be compared. */
export const BLINDS = `${BLINDING}
  CREATE TABLE public.hidden (v int);
  INSERT INTO public.hidden VALUES (1), (2);
  ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
  CREATE POLICY nobody ON public.hidden USING (false);
  COMMIT;
  ANALYZE`

const PINNED = 'SET search_path = pg_catalog, public;'

/** By what it is to be hidden, what is done, and how it is named all the same. */
export const BLINDED: readonly (readonly [by: string, sql: string, finds: string])[] = [
  ['row security', 'DELETE FROM public.hidden WHERE v = 2', 'rows of table public.hidden'],
  ['a cast of rows', `${PINNED} UPDATE public.t SET v = 3 WHERE id = 2`, 'rows of table public.t'],
  [
    'a cast of values',
    `${PINNED} UPDATE public.t SET o = ROW(3)::public.own WHERE id = 2`,
    'rows of table public.t'
  ],
  [
    'functions earlier in the search path',
    `${PINNED} DELETE FROM public.t WHERE id = 2`,
    'rows of table public.t'
  ],
  ['operators', `${PINNED} CREATE SCHEMA unseen`, 'schema unseen'],
  ['a view in place of pg_class', `${PINNED} CREATE TABLE public.unseen (v int)`, 'table public.unseen'],
  [
    'a view in place of pg_namespace',
    `${PINNED} GRANT CREATE ON SCHEMA public TO PUBLIC`,
    'grant on schema public'
  ],
  [
    'a function in place of pg_get_userbyid',
    `${PINNED} GRANT SELECT ON public.hidden TO PUBLIC`,
    'grant on table public.hidden'
  ]
]
