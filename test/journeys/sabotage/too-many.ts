const FAR = 'CREATE FOREIGN DATA WRAPPER far;'
const THERE = `${FAR} CREATE SERVER there FOREIGN DATA WRAPPER far;`
const OTHERPL =
  'CREATE TRUSTED LANGUAGE otherpl HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;'

/** What only a superuser can make, and how it is named. */
export const TOO_MANY: readonly (readonly [sql: string, finds: string])[] = [
  [
    `CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
     CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION shop.on_ddl()`,
    'event trigger watches'
  ],
  [
    `CREATE TYPE shop.pair;
     CREATE FUNCTION shop.pair_in(cstring) RETURNS shop.pair LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
     CREATE FUNCTION shop.pair_out(shop.pair) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
     CREATE TYPE shop.pair (INPUT = shop.pair_in, OUTPUT = shop.pair_out, INTERNALLENGTH = 16, ALIGNMENT = double)`,
    'type shop.pair'
  ],
  ['CREATE OPERATOR FAMILY shop.backwards USING btree', 'operator family shop.backwards using btree'],
  [
    `CREATE OPERATOR CLASS shop.backward_ops FOR TYPE int USING btree AS
     OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int)`,
    'operator class shop.backward_ops using btree'
  ],
  [
    'CREATE TEXT SEARCH TEMPLATE shop.pattern (INIT = dsimple_init, LEXIZE = dsimple_lexize)',
    'text search template shop.pattern'
  ],
  [
    'CREATE TEXT SEARCH PARSER shop.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
    'text search parser shop.parser'
  ],
  ['CREATE ACCESS METHOD another TYPE TABLE HANDLER heap_tableam_handler', 'access method another'],
  [OTHERPL, 'language otherpl'],
  [
    `${OTHERPL} CREATE FUNCTION shop.address_internal(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'array_subscript_handler';
     CREATE TRANSFORM FOR shop.address LANGUAGE otherpl (FROM SQL WITH FUNCTION shop.address_internal(internal))`,
    'transform for shop.address language otherpl'
  ],
  [FAR, 'foreign-data wrapper far'],
  [THERE, 'foreign server there'],
  [
    `${THERE} ALTER SERVER there OWNER TO "{group}"; GRANT USAGE ON FOREIGN SERVER there TO "{login}"; CREATE USER MAPPING FOR "{login}" SERVER there`,
    'user mapping of login 1 on server there'
  ],
  [`${THERE} CREATE FOREIGN TABLE shop.far (id int) SERVER there`, 'foreign table shop.far'],
  ['CREATE PUBLICATION all_of_it FOR TABLES IN SCHEMA shop', 'publication all_of_it'],
  [
    `CREATE SUBSCRIPTION follows CONNECTION 'host=there.example.eu' PUBLICATION changes
     WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false)`,
    'subscription follows'
  ]
]
