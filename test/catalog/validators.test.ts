import { expect } from 'chai'
import { planSchemas } from '../../src/catalog/plan-schemas.ts'
import { parameterValidators } from '../../src/catalog/validators.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { FAKE_FAMILY } from '../support/fake-registry.ts'

const SECRET = 'hunter2-hunter2'

const PLAN = planSchemas(
  {
    ...FAKE_FAMILY,
    parameters: {
      $schema: 'http://json-schema.org/draft-04/schema#',
      type: 'object',
      properties: {
        title: { type: 'string', pattern: '^[a-z]{1,9}$', maxLength: 9 },
        passphrase: { type: 'string', minLength: 20, writeOnly: true },
        backup: {
          type: 'object',
          required: ['hour'],
          additionalProperties: false,
          properties: { hour: { type: 'integer', minimum: 0, maximum: 23 } }
        }
      }
    }
  },
  ['a-1', 'a-2'],
  'a-1'
)

const validate = parameterValidators()

function told(value: unknown, kind: 'create' | 'update' | 'bind' = 'create'): readonly string[] {
  return validate(kind, PLAN, value).map(({ field, text }) => `${field} ${text}`)
}

describe('Parameters', () => {
  it('that fit have no problems', () => {
    expect(told({})).to.deep.equal([])
    expect(told({ region: 'a-2', backup: { hour: 3 } })).to.deep.equal([])
    expect(told({ switch: { cutover: 'manual', within: 'PT24H', accept: ['sla'] } }, 'update')).to.deep.equal(
      []
    )
    expect(told({ access: 'read-only' }, 'bind')).to.deep.equal([])
  })

  it('that do not fit are told by field, with what would be right', () => {
    expect(told({ region: 'a-9', backup: { hour: 24 }, title: 5 })).to.have.members([
      'parameters.region must be one of "a-1", "a-2"',
      'parameters.backup.hour must be <= 23',
      'parameters.title must be a string'
    ])
    expect(told({ backup: {} })).to.deep.equal(['parameters.backup.hour is missing'])
    expect(told([])).to.deep.equal(['parameters must be an object'])
  })

  it('with an unknown field are told the known ones', () => {
    expect(told({ colour: 'red' })).to.deep.equal([
      'parameters has a field that is not known here; known are title, passphrase, backup, region'
    ])
  })

  it('are never repeated, neither values nor names', () => {
    const values = [
      { passphrase: SECRET },
      { [SECRET]: 1 },
      { backup: { [SECRET]: SECRET } },
      { region: SECRET },
      { title: SECRET },
      { backup: SECRET }
    ]

    for (const value of values) {
      expect(told(value), JSON.stringify(value)).to.not.have.length(0)
      expect(told(value).join('\n')).to.not.contain(SECRET)
    }
  })

  it('take the switch directive on update only', () => {
    expect(told({ switch: {} })).to.have.length(1)
    expect(told({ switch: {} }, 'update')).to.deep.equal([])
  })

  for (const within of ['P2D', 'P1DT12H', 'PT24H', 'PT1H30M', 'PT90M', 'PT30S']) {
    it(`take ${within} as a duration`, () => expect(told({ switch: { within } }, 'update')).to.deep.equal([]))
  }

  for (const within of ['', 'P', 'PT', '24H', 'P1M', 'PT1.5H', 'pt1h', 'PT24H\n', `PT${'9'.repeat(99)}H`]) {
    it(`refuse ${JSON.stringify(within)} as a duration`, () => {
      expect(told({ switch: { within } }, 'update')).to.not.deep.equal([])
    })
  }

  it('with __proto__, constructor or toString are refused and change no prototype', () => {
    for (const text of [
      '{"__proto__":{"region":"a-1"}}',
      '{"constructor":1}',
      '{"backup":{"__proto__":{"hour":1}}}'
    ]) {
      expect(told(JSON.parse(text)), text).to.not.have.length(0)
    }
    expect({}).to.not.have.property('region')
    expect({}).to.not.have.property('hour')
  })

  it('inherit nothing: what is required must be there itself', () => {
    expect(told({ backup: Object.create({ hour: 3 }) as JsonObject })).to.deep.equal([
      'parameters.backup.hour is missing'
    ])
  })

  it('are not changed by the check', () => {
    const value = {}

    told(value)

    expect(value).to.deep.equal({})
  })

  it('of hostile size cost little and are told one mistake', () => {
    const accept = Array.from({ length: 200_000 }, () => 5)
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`k${index}`, 1]))
    const started = process.cpuUsage()

    expect(told({ switch: { accept } }, 'update')).to.have.length(1)
    expect(told(many)).to.have.length(1)
    expect(told({ title: 'a'.repeat(1_000_000) })).to.not.have.length(0)
    expect(process.cpuUsage(started).user / 1e6, 'seconds of this process').to.be.below(3)
  })

  it('with many mistakes are told twenty of them', () => {
    const value = { switch: { accept: Array.from({ length: 50 }, () => 5) } }

    expect(told(value, 'update')).to.have.length(20)
  })

  it('of a plan out of the store are checked like those of a file', () => {
    const stored = JSON.parse(JSON.stringify(PLAN)) as typeof PLAN

    expect(validate('create', stored, { region: 'a-9' })).to.have.length(1)
    expect(validate('create', stored, { region: 'a-1' })).to.have.length(0)
  })
})
