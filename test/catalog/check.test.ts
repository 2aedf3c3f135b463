import { join } from 'node:path'
import { expect } from 'chai'
import { checkCatalog } from '../../src/catalog/check.ts'
import { problemLine } from '../../src/catalog/problem.ts'
import { type CatalogFolder, catalogFolder, DEFAULT_CATALOG } from '../support/catalog-folder.ts'
import { FAKE_DRIVER, FAKE_FAMILY, type FakeCode, fakeRegistry } from '../support/fake-registry.ts'

const SERVICE = 'services/postgresql.yaml'
const BERLIN = 'providers/berlin/provider.yaml'
const PLANS = 'providers/berlin/postgresql.yaml'
const PARIS = 'providers/paris/postgresql.yaml'

/** A mistake to plant: in `file`, `from` becomes `to`; then line `at` (the line with that text) must be told with `says`. */
interface Planted {
  readonly mistake: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly at: string
  readonly says: RegExp
  readonly code?: FakeCode
}

const LONG = 'x'.repeat(10_001)

/** The provider makes the logins of every plan, because the plan says so. */
const OWN_LOGINS = {
  makesLogins: () => true,
  bind: () => Promise.reject(new Error('not called')),
  unbind: () => Promise.reject(new Error('not called'))
}

const PLANTED: readonly Planted[] = [
  {
    mistake: 'an unknown family',
    file: SERVICE,
    from: 'family: postgresql',
    to: 'family: postgres',
    at: 'family: postgres',
    says: /family postgres is not known/
  },
  {
    mistake: 'a name that is not the file',
    file: SERVICE,
    from: 'name: postgresql',
    to: 'name: pg',
    at: 'name: pg',
    says: /name must be the file's, postgresql/
  },
  {
    mistake: 'C-06 a name with a capital',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: Berlin-small',
    at: 'name: Berlin-small',
    says: /plans\[0\]\.name must match/
  },
  {
    mistake: 'C-06 a name of 64 characters',
    file: PLANS,
    from: 'name: berlin-small',
    to: `name: ${'b'.repeat(64)}`,
    at: 'name: bbbb',
    says: /at most 63 characters/
  },
  {
    mistake: 'C-04 an id used twice by plans of two providers',
    file: PARIS,
    from: '3c948853-1abf-40b0-a95a-ef1de61675e2',
    to: '7f3b62a8-99f4-4198-9691-40140489e237',
    at: '7f3b62a8',
    says: /id 7f3b62a8-\S+ is already at .*providers\/berlin\/postgresql\.yaml:4/
  },
  {
    mistake: 'C-04 an id used by an offering and a plan',
    file: PLANS,
    from: '7f3b62a8-99f4-4198-9691-40140489e237',
    to: 'a232e140-a227-48b7-a5d3-00bc46c559f4',
    at: 'a232e140',
    says: /is already at .*services\/postgresql\.yaml:3/
  },
  {
    mistake: 'C-04 an id in capitals',
    file: SERVICE,
    from: 'a232e140',
    to: 'A232E140',
    at: 'A232E140',
    says: /id must match/
  },
  {
    mistake: 'C-10 a plan name used twice in one offering, by two providers',
    file: PARIS,
    from: 'name: paris-small',
    to: 'name: berlin-small',
    at: 'name: berlin-small',
    says: /plan name berlin-small of postgresql is already at .*berlin\/postgresql\.yaml:5/
  },
  {
    mistake: 'C-03 a missing description',
    file: SERVICE,
    from: 'description: A PostgreSQL database, the same at every provider',
    to: '',
    at: 'kind: service',
    says: /description is missing/
  },
  {
    mistake: 'C-03 a blank description',
    file: SERVICE,
    from: 'description: A PostgreSQL database, the same at every provider',
    to: 'description: "  "',
    at: 'description:',
    says: /description must match/
  },
  {
    mistake: 'a description of 10,001 characters',
    file: SERVICE,
    from: 'description: A PostgreSQL database, the same at every provider',
    to: `description: ${LONG}`,
    at: 'description:',
    says: /at most 10000 characters/
  },
  {
    mistake: 'C-03 no plan in a file of plans',
    file: PLANS,
    from: 'plans:\n',
    to: 'plans: []\nx:\n',
    at: 'plans: []',
    says: /plans must have at least 1 entries/
  },
  {
    mistake: 'C-07 a tag that is no text',
    file: SERVICE,
    from: 'tags: [postgresql, postgres]',
    to: 'tags: [postgresql, 5]',
    at: 'tags:',
    says: /tags\[1\] must be a string/
  },
  {
    mistake: 'C-07 tags of more than 2048 characters together',
    file: SERVICE,
    from: 'tags: [postgresql, postgres]',
    to: `tags: [${Array.from({ length: 9 }, (_, index) => `${index}${'t'.repeat(240)}`).join(', ')}]`,
    at: 'tags:',
    says: /more than 2048 characters together/
  },
  {
    mistake: 'C-08 a flag that is a text',
    file: PLANS,
    from: 'free: true',
    to: 'free: "true"',
    at: 'free: "true"',
    says: /plans\[0\]\.free must be a boolean/
  },
  {
    mistake: 'C-11 a fraction as maximum_polling_duration',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    maximumPollingDurationSeconds: 5.5',
    at: 'maximumPollingDurationSeconds',
    says: /must be an integer/
  },
  {
    mistake: 'C-09 a documentationUrl that is no text',
    file: SERVICE,
    from: 'documentationUrl: https://www.postgresql.org/docs/',
    to: 'documentationUrl: [https://www.postgresql.org/docs/]',
    at: 'documentationUrl',
    says: /metadata\.documentationUrl must be a string/
  },
  {
    mistake: 'C-09 shareable that is no boolean',
    file: SERVICE,
    from: '  displayName: PostgreSQL',
    to: '  displayName: PostgreSQL\n  shareable: "yes"',
    at: 'shareable',
    says: /metadata\.shareable must be a boolean/
  },
  {
    mistake: 'C-12 a version that is not semantic',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    maintenanceInfo:\n      version: "1.0"',
    at: 'version: "1.0"',
    says: /plans\[0\]\.maintenanceInfo\.version must match/
  },
  {
    mistake: 'C-12 a maintenance_info with another key',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    maintenanceInfo:\n      version: 1.0.0\n      impact: none',
    at: 'impact: none',
    says: /impact is not known here; known are version, description/
  },
  {
    mistake: 'C-12 a maintenance_info of more than 2000 characters',
    file: PLANS,
    from: 'free: true',
    to: `free: true\n    maintenanceInfo: { version: 1.0.0, description: ${'m'.repeat(2000)} }`,
    at: 'maintenanceInfo',
    says: /plan berlin-small: maintenanceInfo has more than 2000 characters/
  },
  {
    mistake: 'costs with an empty unit, which would drop them all',
    file: PLANS,
    from: 'unit: MONTHLY',
    to: 'unit: ""',
    at: 'unit: ""',
    says: /costs\[0\]\.unit must match/
  },
  {
    mistake: 'costs without an amount',
    file: PLANS,
    from: 'amount: { eur: 0 }',
    to: 'amount: {}',
    at: 'amount: {}',
    says: /at least 1 fields/
  },
  {
    mistake: 'costs whose amount is a text',
    file: PLANS,
    from: 'amount: { eur: 0 }',
    to: 'amount: { eur: "0" }',
    at: 'eur: "0"',
    says: /amount\.eur must be a number/
  },
  {
    mistake: 'costs of a plan that is free',
    file: PLANS,
    from: 'amount: { eur: 0 }',
    to: 'amount: { eur: 1 }',
    at: 'costs:',
    says: /costs are not 0 although the plan is free/
  },
  {
    mistake: 'a plan that does not fit the driver',
    file: PLANS,
    from: 'connections: 5',
    to: 'connections: many',
    at: 'connections: many',
    says: /plan berlin-small: driverPlan\.connections must be an integer/
  },
  {
    mistake: 'a misspelt field for the driver',
    file: PLANS,
    from: 'connections: 5',
    to: 'connections: 5\n      conections: 6',
    at: 'conections: 6',
    says: /driverPlan\.conections is not known here; known are connections, storageGb/
  },
  {
    mistake: 'a missing field for the driver',
    file: PLANS,
    from: 'connections: 20',
    to: 'storageGb: 1',
    at: 'driverPlan:\n      storageGb',
    says: /plan berlin-medium: driverPlan\.connections is missing/
  },
  {
    mistake: 'a region that the provider does not have',
    file: PLANS,
    from: 'regions: [berlin-1]',
    to: 'regions: [berlin-1, berlin-2]',
    at: 'berlin-2',
    says: /region berlin-2 is not in provider\.yaml: berlin-1/
  },
  {
    mistake: 'a default region that is not among the regions',
    file: PLANS,
    from: 'defaultRegion: berlin-1',
    to: 'defaultRegion: berlin-2',
    at: 'defaultRegion: berlin-2',
    says: /defaultRegion must be one of regions/
  },
  {
    mistake: 'a country that is none',
    file: BERLIN,
    from: 'country: DE',
    to: 'country: Germany',
    at: 'country: Germany',
    says: /country must match/
  },
  {
    mistake: 'a region named twice',
    file: BERLIN,
    from: '  - name: berlin-1',
    to: '  - { name: berlin-1, country: AT }\n  - name: berlin-1',
    at: '  - name: berlin-1',
    says: /region berlin-1 is already at/
  },
  {
    mistake: 'the rotation of bindings that cannot be',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    bindable: false\n    bindingRotatable: true',
    at: 'bindingRotatable',
    says: /bindingRotatable needs a plan that is bindable/
  },
  {
    mistake: 'a renewal before a binding begins',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    bindingLifetimeSeconds: 60\n    renewLeadSeconds: 60',
    at: 'renewLeadSeconds',
    says: /renewLeadSeconds must be shorter/
  },
  {
    mistake: 'a plan name that Service Manager reserves',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: reference-instance',
    at: 'name: reference-instance',
    says: /reserved by Service Manager/
  },
  {
    mistake: 'two lists of platforms, of which Service Manager takes one',
    file: PLANS,
    from: '      displayName: Berlin, small',
    to: '      supportedPlatforms: [a]\n      excludedPlatformNames: [b]',
    at: 'excludedPlatformNames',
    says: /only one of supportedPlatforms, excludedPlatformNames/
  },
  {
    mistake: 'an unknown field',
    file: PLANS,
    from: 'isolation: shared',
    to: 'isolation: shared\n    colour: red',
    at: 'colour: red',
    says: /plans\[0\]\.colour is not known here/
  },
  {
    mistake: 'an empty value, which would be null',
    file: SERVICE,
    from: 'displayName: PostgreSQL',
    to: 'displayName:',
    at: 'displayName:',
    says: /displayName is empty; give it a value or leave it out/
  },
  {
    mistake: 'a key written twice',
    file: SERVICE,
    from: 'family: postgresql',
    to: 'family: postgresql\nfamily: mysql',
    at: 'family: mysql',
    says: /unique/
  },
  {
    mistake: 'YAML that is none',
    file: SERVICE,
    from: 'tags: [postgresql, postgres]',
    to: 'tags: [postgresql',
    at: 'allowContextUpdates',
    says: /./
  },
  {
    mistake: 'a driver that is not there',
    file: PLANS,
    from: 'kind: plans',
    to: 'kind: plans',
    at: 'yaml-language-server',
    says: /adapter fake has no driver for postgresql/,
    code: { family: { ...FAKE_FAMILY, name: 'postgresql' }, drivers: {} }
  },
  {
    mistake: 'C-17 bindable where the driver has no access',
    file: PLANS,
    from: 'free: true',
    to: 'bindable: true\n    free: true',
    at: 'bindable: true',
    says: /the plan is bindable, but the driver has neither/,
    code: { driver: without('access') }
  },
  {
    mistake: 'C-17 bindable where the family has no bind',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: berlin-small',
    at: 'name: berlin-small',
    says: /the plan is bindable, but the driver has neither/,
    code: { family: familyWithout('bind') }
  },
  {
    mistake: 'C-17 bindable where a login could not be taken back',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: berlin-small',
    at: 'name: berlin-small',
    says: /the plan is bindable, but the driver has neither/,
    code: { family: familyWithout('unbind') }
  },
  {
    mistake: 'a shared plan whose logins its provider makes',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: berlin-small',
    at: 'isolation: shared',
    says: /they belong to a whole server: it must say isolation: dedicated/,
    code: { driver: { ...FAKE_DRIVER, ...OWN_LOGINS } }
  },
  {
    mistake: 'C-17 bindable where the driver makes logins and cannot take them back',
    file: PLANS,
    from: 'name: berlin-small',
    to: 'name: berlin-small',
    at: 'name: berlin-small',
    says: /the plan is bindable, but the driver has neither/,
    code: { driver: { ...FAKE_DRIVER, bind: OWN_LOGINS.bind } }
  },
  {
    mistake: 'C-17 plan_updateable where the driver has no update',
    file: PLANS,
    from: 'free: true',
    to: 'free: true\n    planUpdateable: true',
    at: 'planUpdateable',
    says: /planUpdateable needs a driver that has update/,
    code: { driver: without('update') }
  },
  ...[
    {
      mistake: 'a value that is not there',
      choices: { access: ['admin'] },
      says: /takes a value of access that the family does not have/
    },
    {
      mistake: 'one that is not there',
      choices: { colour: ['red'] },
      says: /binding parameter colour, which the family does not/
    },
    {
      mistake: 'no value',
      choices: { access: [] },
      says: /does not take the default of the binding parameter access/
    },
    {
      mistake: 'all but the default',
      choices: { access: ['read-only'] },
      says: /does not take the default of/
    }
  ].map(({ mistake, choices, says }) => ({
    mistake: `a driver that takes of the binding parameters ${mistake}`,
    file: PLANS,
    from: 'connections: 5',
    to: 'connections: 5',
    at: 'driverPlan:',
    says,
    code: { driver: { ...FAKE_DRIVER, bindChoices: () => choices } }
  }))
]

describe('portolan catalog check', () => {
  let folder: CatalogFolder

  beforeEach(async () => {
    folder = await catalogFolder()
  })

  afterEach(() => folder.delete())

  it('finds nothing wrong with the catalog of the repository', async () => {
    const problems = await checkCatalog({ folders: [DEFAULT_CATALOG], ...fakeRegistry() })

    expect(problems.map(problemLine)).to.deep.equal([])
  })

  for (const { mistake, file, from, to, at, says, code } of PLANTED) {
    it(`tells file and line of ${mistake}`, async () => {
      await folder.change(file, from, to)
      const line = await lineOf(folder, file, at)

      const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry(code) })

      const found = problems.filter((problem) => says.test(problem.text))
      expect(
        found.map(({ file: where, line: on }) => `${where}:${on}`),
        problems.map(problemLine).join('\n')
      ).to.include(`${join(folder.path, file)}:${line}`)
    })
  }

  it('tells every mistake at once, sorted by file and line', async () => {
    await folder.change(SERVICE, 'family: postgresql', 'family: none')
    await folder.change(PLANS, 'regions: [berlin-1]', 'regions: [nowhere]')
    await folder.change(PLANS, 'name: berlin-medium', 'name: reference-instance')
    await folder.change(PARIS, '3c948853', 'not-an-id')

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry() })

    const places = problems.map(({ file, line }) => `${file.slice(folder.path.length + 1)}:${line}`)
    expect(places).to.deep.equal([`${PLANS}:7`, `${PLANS}:8`, `${PLANS}:24`, `${PARIS}:4`, `${SERVICE}:5`])
  })

  it('does not call the plans of a broken service or provider file homeless', async () => {
    await folder.change(SERVICE, 'kind: service', 'kind: provider')
    await folder.change(BERLIN, 'kind: provider', 'kind: service')

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry() })

    expect(problems.map(({ line, text }) => `${line} ${text}`)).to.deep.equal([
      '2 kind must be "provider"',
      '2 kind must be "service"'
    ])
  })

  it('tells plans of an offering that is not there', async () => {
    await folder.remove(SERVICE)

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry() })

    expect(problems.map(({ file }) => file)).to.include(join(folder.path, PLANS))
    expect(new Set(problems.map(({ text }) => text))).to.deep.equal(
      new Set(['there is no services/postgresql.yaml that these plans could be of'])
    )
  })

  it('tells a provider folder without provider.yaml', async () => {
    await folder.remove(BERLIN)

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry() })

    expect(problems).to.deep.equal(
      ['mysql', 'object-storage', 'postgresql', 'redis'].map((name) => ({
        file: join(folder.path, `providers/berlin/${name}.yaml`),
        line: 1,
        text: 'there is no provider.yaml in berlin'
      }))
    )
  })

  it('tells nothing of optional plans that no driver of their provider makes', async () => {
    await folder.change(PLANS, 'kind: plans', 'kind: plans\noptional: true')

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry({ drivers: {} }) })

    expect(problems.map(({ file }) => file)).to.deep.equal([
      join(folder.path, 'providers/paris/postgresql.yaml')
    ])
  })

  it('tells a configured provider that no folder describes', async () => {
    const providers = ['berlin', 'paris', 'oslo']

    const [problem] = await checkCatalog({ folders: [folder.path], ...fakeRegistry({ providers }) })

    expect(problem?.file).to.equal(join(folder.path, 'providers/oslo/provider.yaml'))
    expect(problem?.text).to.match(/provider oslo is configured, but no catalog folder describes it/)
  })

  it('tells a file that ends in .yml, which nobody would read', async () => {
    await folder.write('services/mysql.yml', 'kind: service\n')

    const [problem] = await checkCatalog({ folders: [folder.path], ...fakeRegistry() })

    expect(problem).to.deep.equal({
      file: join(folder.path, 'services/mysql.yml'),
      line: 1,
      text: 'is not read; its name must end in .yaml'
    })
  })

  it('tells a folder that is no catalog', async () => {
    const problems = await checkCatalog({
      folders: [join(folder.path, 'nowhere')],
      ...fakeRegistry({ providers: [] })
    })

    expect(problems.map(({ text }) => text)).to.deep.equal([
      'is no catalog: it has neither services/ nor providers/ with files'
    ])
  })

  it('checks two folders as one catalog', async () => {
    const options = { folders: [DEFAULT_CATALOG, folder.path], ...fakeRegistry() }

    const texts = (await checkCatalog(options)).map(({ text }) => text)

    expect(texts.some((text) => text.startsWith('provider berlin is already at'))).to.equal(true)
    expect(texts.some((text) => text.startsWith('offering name postgresql is already at'))).to.equal(true)
  })

  it('checks plans of a provider without settings as far as that goes without its adapter', async () => {
    await folder.change(PLANS, 'connections: 5', 'anything: goes')
    await folder.change(PLANS, 'defaultRegion: berlin-1', 'defaultRegion: none')

    const problems = await checkCatalog({ folders: [folder.path], ...fakeRegistry({ providers: ['paris'] }) })

    expect(problems.map(({ text }) => text)).to.deep.equal([
      'plan berlin-small: defaultRegion must be one of regions'
    ])
  })
})

async function lineOf(folder: CatalogFolder, file: string, at: string): Promise<number> {
  const [first = at, second] = at.split('\n')
  // Two lines: the first one, standing directly above the second.
  return second === undefined ? folder.lineOf(file, first) : (await folder.lineOf(file, second.trim())) - 1
}

function without(method: 'access' | 'update'): FakeCode['driver'] & object {
  const { [method]: _, ...rest } = FAKE_DRIVER
  return rest
}

function familyWithout(method: 'bind' | 'unbind'): FakeCode['family'] & object {
  const { [method]: _, ...rest } = FAKE_FAMILY
  return rest
}
