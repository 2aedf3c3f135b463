import { expect } from 'chai'
import { schemaFaults } from '../../src/catalog/schema-faults.ts'
import type { JsonObject } from '../../src/contract/json.ts'

const CLEAN: JsonObject = {
  $schema: 'http://json-schema.org/draft-04/schema#',
  type: 'object',
  properties: {}
}

function withProperty(property: JsonObject): JsonObject {
  return { ...CLEAN, properties: { it: property } }
}

const REFUSED: readonly (readonly [string, JsonObject, RegExp])[] = [
  ['C-13 without $schema', { type: 'object' }, /has no \$schema/],
  ['C-16 of draft-07', { ...CLEAN, $schema: 'http://json-schema.org/draft-07/schema#' }, /another \$schema/],
  [
    'C-14 with an external $ref',
    withProperty({ $ref: 'https://example.org/x.json' }),
    /external \$ref at #\/properties\/it/
  ],
  [
    'C-14 with a $ref to a file',
    withProperty({ allOf: [{ $ref: 'other.json' }] }),
    /external \$ref at #\/properties\/it\/allOf\/0/
  ],
  [
    'C-15 of more than 64 KiB',
    { ...CLEAN, description: 'x'.repeat(65_536) },
    /has \d+ bytes; platforms take 65536/
  ],
  [
    'C-16 with a numeric exclusiveMinimum',
    withProperty({ type: 'integer', exclusiveMinimum: 1 }),
    /not valid JSON Schema draft-04/
  ],
  ['C-16 with an empty required', { ...CLEAN, required: [] }, /not valid JSON Schema draft-04/],
  ['C-16 with const', withProperty({ const: 1 }), /uses "const"/],
  ['C-16 with if', withProperty({ if: {} }), /uses "if"/],
  ['C-16 with examples', withProperty({ type: 'string', examples: ['a'] }), /uses "examples"/],
  [
    'C-16 with a $ref to nowhere',
    withProperty({ $ref: '#/definitions/none' }),
    /not valid JSON Schema draft-04/
  ],
  [
    'C-16 with an unknown format',
    withProperty({ type: 'string', format: 'colour' }),
    /not valid JSON Schema draft-04/
  ],
  ['of a list', { ...CLEAN, type: 'array' }, /must be of type "object"/],
  ['with a pattern of exponential time', withProperty({ pattern: '^(a+)+$', maxLength: 9 }), /hostile/],
  ['with a pattern on a text of any length', withProperty({ pattern: '^a$' }), /pattern without maxLength/],
  [
    'with uniqueItems on a list of any length',
    withProperty({ uniqueItems: true }),
    /uniqueItems without maxItems/
  ]
]

describe('A parameter schema', () => {
  for (const [title, schema, says] of REFUSED) {
    it(`${title} is refused`, () => {
      expect(schemaFaults(schema).join('\n')).to.match(says)
    })
  }

  it('of draft-04 alone is clean, with writeOnly as an annotation', () => {
    const schema = {
      ...CLEAN,
      additionalProperties: false,
      definitions: { port: { type: 'integer', minimum: 1, exclusiveMinimum: true } },
      properties: {
        port: { $ref: '#/definitions/port' },
        secret: { type: 'string', writeOnly: true, pattern: '^[a-z]+$', maxLength: 20 },
        list: { type: 'array', items: { enum: [{ const: 1 }, 'if'] }, maxItems: 3, uniqueItems: true },
        // Names of properties and values are not keywords.
        const: { type: 'string' },
        $ref: { type: 'string' }
      }
    }

    expect(schemaFaults(schema)).to.deep.equal([])
  })
})
