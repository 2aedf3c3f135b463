import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { type BrokerProcess, brokerProcess, dataFolder, removeBrokers } from '../support/broker-process.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { databases, type Place } from '../support/databases.ts'
import { EXAMPLE_CATALOG, EXAMPLE_PROVIDERS } from '../support/example-catalog.ts'
import { keepSecret } from '../support/journal.ts'
import { need } from '../support/need.ts'
import { type OsbClient, osbClient } from '../support/osb-client.ts'
import { type Desk, desk, type Ran } from '../support/portolan.ts'
import { root } from '../support/root.ts'
import { storeRows } from '../support/store-rows.ts'

const SERVICE = '80170fa6-e4c0-4a2c-8fc0-9aa2bbe465d1'
const SYNC = '6f06daeb-11be-42dd-b598-318f66e43ecf'
const SLOW = '8a446c41-fb32-46b2-a031-01af21e971b6'
const LOGIN = { username: 'cf', password: 'cf-Kq7v2NcX0w8LmTfJ3' }
const keyText = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`

for (const database of databases) {
  describe(`portolan on a running broker, ${database.name}`, function () {
    this.timeout(BUILT_WITHIN_MS)
    let place: Place
    let data: string
    let broker: BrokerProcess
    let at: Desk
    let platform: OsbClient
    const env: Record<string, string> = {}

    before(async () => {
      place = await database.fresh()
      data = dataFolder()
      const { address } = place
      Object.assign(env, {
        DATABASE_URL: address.kind === 'postgres' ? address.url : `sqlite:${address.path}`,
        PORTOLAN_KEYS: keyText('first', 1),
        LOG_LEVEL: 'warn'
      })
      await startWith(env)
      platform = osbClient(() => url(), LOGIN)
    })
    after(async () => {
      await removeBrokers()
      at?.remove()
      await place?.drop()
    })

    const url = () => readFileSync(join(data, 'url'), 'utf8').trim()

    async function startWith(settings: Record<string, string>): Promise<void> {
      broker = await brokerProcess({
        data,
        env: settings,
        settings: {
          catalog: EXAMPLE_CATALOG,
          providers: EXAMPLE_PROVIDERS,
          platforms: { cf: { logins: [LOGIN] } }
        }
      })
      at ??= desk()
      await broker.start()
    }

    const run = (line: string | readonly string[], more: Record<string, string> = {}): Promise<Ran> =>
      at.run(typeof line === 'string' ? line.split(' ') : line, {
        ...env,
        // The settings do not tell the port: only the broker's own file does.
        PORT: '0',
        PORTOLAN_DATA: data,
        PORTOLAN_CONFIG: join(data, 'portolan.yaml'),
        ...more
      })
    const json = async (line: string): Promise<JsonObject> => {
      const { code, out, err } = await run(`${line} --json`)
      expect([code, err], line).to.deep.equal([0, ''])
      return JSON.parse(out) as JsonObject
    }
    const items = async (line: string) => (await json(line))['items'] as readonly JsonObject[]
    const provision = (id: string, plan: string) =>
      platform.send({
        method: 'PUT',
        path: `/v2/service_instances/${encodeURIComponent(id)}?accepts_incomplete=true`,
        body: {
          service_id: SERVICE,
          plan_id: plan,
          organization_guid: 'o',
          space_guid: 's',
          parameters: { title: 'one' }
        }
      })

    it('finds the broker by the file that it wrote, readable by its user only', async () => {
      expect(url()).to.equal(broker.url)
      expect(statSync(join(data, 'url')).mode & 0o777).to.equal(0o600)
      expect((await run('instances')).code).to.equal(0)
    })

    it('shows instances and operations as tables and as JSON', async () => {
      await provision('i1', SYNC)
      await platform.send({
        method: 'PUT',
        path: '/v2/service_instances/i1/service_bindings/b1',
        body: { service_id: SERVICE, plan_id: SYNC }
      })
      const { out } = await run('instances')
      const [head = '', row = ''] = out.split('\n')
      expect(head).to.match(/^ID +PLATFORM +ITS ID THERE +STATE/)
      expect(row).to.match(/^[0-9a-f-]{36} +cf +i1 +ready +alder-sync +alder +alder-1 /)
      // With its blanks: the random id before it may hold the same letters.
      expect(row.indexOf(' cf ') + 1).to.equal(head.indexOf('PLATFORM'))

      const [instance] = await items('instances --platform cf')
      const shown = await json(`instances show ${String(instance?.['id'])}`)
      expect(shown).to.include({ osbId: 'i1', state: 'ready' })
      expect((await run('instances show i1')).out).to.match(/Resources\n[^]*Bindings\n[^]*Operations\n/)
      expect((await items('operations --kind bind')).map(({ state }) => state)).to.deep.equal(['succeeded'])
      const operation = await json(`operations show ${String(instance?.['operation'])}`)
      expect(operation).to.include({ kind: 'create', osbInstance: 'i1' })
    })

    it('pages: says how to go on', async () => {
      await provision('i2', SYNC)
      const first = await run('instances --limit 1')
      const after = /^There is more: --after (\d+)\n$/.exec(first.err)?.[1]
      const second = await run(`instances --limit 1 --after ${after}`)
      expect([first.out, second.out].join('')).to.include(' i2 ').and.include(' i1 ')
      expect(second.err).to.equal('')
    })

    it('retries and fails what is in progress', async () => {
      const { body } = await provision('slow', SLOW)
      const id = String(body['operation'])
      expect(await json(`operations retry ${id}`)).to.include({ state: 'in progress' })
      expect(await json(`operations fail ${id}`)).to.include({ state: 'failed', failure: 'by operator' })
      const again = await run(`operations fail ${id}`)
      expect([again.code, again.err]).to.deep.equal([1, 'portolan: It has failed already.\n'])
      const poll = await platform.send({ method: 'GET', path: '/v2/service_instances/slow/last_operation' })
      expect(poll.body).to.include({ state: 'failed' })
    })

    it('purges: asks on a terminal for the id, else wants --yes, and lists what stays', async () => {
      await provision('away', SYNC)
      const asked = await run('instances purge away')
      expect([asked.code, asked.out]).to.deep.equal([2, ''])
      expect(asked.err).to.include('--yes')
      expect(typed('instances purge away', 'another')).to.include('nothing was changed')
      expect(await json('instances show away')).to.include({ state: 'ready' })
      const purged = typed('instances purge away', 'away')
      expect(purged)
        .to.include('away of cf is forgotten')
        .and.match(/alder +example +alder-1 +p[a-z2-7]{20}/)
      expect(await json('instances show away')).to.include({ state: 'deleted' })
      const again = await run('instances purge away --yes')
      expect([again.code, again.err]).to.deep.equal([1, 'portolan: It is deleted already.\n'])
    })

    it('tells who did what', async () => {
      const rows = await items('audit show --actor operator:operator')
      expect(rows.map(({ action }) => action)).to.include.members(['retry', 'fail', 'purge'])
      expect((await run('audit show --subject i1')).out).to.match(/provision +instance i1/)
      expect(await items('audit show --subject nobody')).to.deep.equal([])
    })

    it('lets the running broker look at its providers', async () => {
      const { worst, findings } = await json('doctor --live')
      expect(worst).to.equal('warning')
      expect(JSON.stringify(findings)).to.include('provider alder').and.include('provider birch')
    })

    it('rotates keys while it serves; afterwards the old key is not needed', async () => {
      await broker.stop()
      env['PORTOLAN_KEYS'] = `${keyText('second', 2)},${keyText('first', 1)}`
      await startWith(env)
      const meanwhile = Promise.all(Array.from({ length: 10 }, (_, n) => provision(`meanwhile-${n}`, SYNC)))
      const { code, out } = await run('keys rotate')
      expect((await meanwhile).map(({ status }) => status)).to.deep.equal(Array(10).fill(201))
      expect(code).to.equal(0)
      expect(out).to.match(/^Everything is sealed with the key "second" now \(\d+ rows anew\)/)
      expect(await json('keys rotate')).to.deep.equal({ key: 'second', resealed: 0, complete: true })
      await broker.stop()
      env['PORTOLAN_KEYS'] = keyText('second', 2)
      await startWith(env)
      expect((await provision('meanwhile-3', SYNC)).status).to.equal(200)
      const binding = await platform.send({
        method: 'GET',
        path: '/v2/service_instances/i1/service_bindings/b1'
      })
      expect(binding.body).to.have.property('credentials')
      expect(await json('instances show i1')).to.include({ state: 'ready' })
    })

    describe('exit codes', () => {
      it('1 for what is not there', async () => {
        const { code, out, err } = await run('instances show nix')
        expect([code, out, err]).to.deep.equal([1, '', 'portolan: There is no service instance nix.\n'])
      })

      it('3 when nothing listens, or something else does', async () => {
        const login = { PORTOLAN_OPERATOR_PASSWORD: 'whatever-1234', PORTOLAN_URL: 'http://127.0.0.1:9' }
        const nobody = await run('instances', login)
        expect([nobody.code, nobody.err]).to.deep.equal([
          3,
          'portolan: the broker at http://127.0.0.1:9 cannot be reached: nothing listens there\n'
        ])
        const stranger = createServer((_, response) => response.end('<p>Welcome'))
        stranger.listen(0, '127.0.0.1')
        await once(stranger, 'listening')
        const { port } = stranger.address() as AddressInfo
        const other = await run('instances', { ...login, PORTOLAN_URL: `http://127.0.0.1:${port}` })
        stranger.close()
        expect([other.code, other.err]).to.deep.equal([
          3,
          `portolan: what answers at http://127.0.0.1:${port} is not Portolan (200)\n`
        ])
      })

      it('4 for a wrong login, a platform login, or none', async () => {
        const wrong = await run('instances', { PORTOLAN_OPERATOR_PASSWORD: 'wrong-wrong-wrong' })
        expect([wrong.code, wrong.err]).to.deep.equal([4, 'portolan: A valid login is required.\n'])
        const asPlatform = await run('instances', {
          PORTOLAN_OPERATOR_USERNAME: LOGIN.username,
          PORTOLAN_OPERATOR_PASSWORD: LOGIN.password
        })
        expect([asPlatform.code, asPlatform.err]).to.deep.equal([
          4,
          'portolan: Only operators may do this.\n'
        ])
        const none = await run('instances', { PORTOLAN_DATA: join(at.folder, 'empty'), PORT: '8080' })
        expect(none.code).to.equal(4)
        expect(none.err).to.include('PORTOLAN_OPERATOR_PASSWORD')
      })

      it('0 with nothing but address and login of the environment, the password from a file', async () => {
        const { password } = JSON.parse(readFileSync(join(data, 'operator.json'), 'utf8'))
        keepSecret(password)
        const file = join(at.folder, 'password')
        writeFileSync(file, `${password}\n`, { mode: 0o600 })
        const outside = { PORTOLAN_URL: `${url()}/`, PORTOLAN_OPERATOR_PASSWORD_FILE: file }
        const { code, err } = await at.run(['instances'], outside)
        expect([code, err]).to.deep.equal([0, ''])
      })
    })

    it('prints nothing of what platforms write that could move a terminal, and JSON that means the same', async () => {
      const name = 'a\u202eb\u2066c\u200dd'
      expect((await provision(name, SYNC)).status).to.equal(201)
      const { out } = await run('instances')
      expect(out)
        .to.include(' abcd ')
        .and.not.match(/[^\P{C}\n]/u)
      const printed = (await run('instances --json')).out
      expect(printed).to.not.match(/\p{Cf}/u)
      const { items: rows } = JSON.parse(printed) as { items: JsonObject[] }
      expect(rows.map(({ osbId }) => osbId)).to.include(name)
      expect((await run(['instances', 'show', name])).code).to.equal(0)
    })

    it('colours only a terminal that wants colours', async () => {
      const coloured = /\p{Cc}\[3[123]m/u
      expect((await run('doctor --live')).out).to.not.match(coloured)
      expect(typed('doctor --live', '')).to.match(coloured)
      expect(typed('doctor --live', '', { NO_COLOR: '1' })).to.not.match(coloured)
      expect(typed('doctor --live', '', { TERM: 'dumb' })).to.not.match(coloured)
    })

    it('ends quietly when nobody reads its output any more', async () => {
      const code = `${program('audit show --limit 1000')} | head -c 1; echo "code \${PIPESTATUS[0]}"`
      const out = execFileSync(need('bash'), ['-c', code], {
        env: shellEnv(),
        encoding: 'utf8',
        stdio: 'pipe'
      })
      expect(out).to.match(/code 0\n$/)
    })

    it('leaves no secret in what it printed', async () => {
      const rows = await storeRows(place.address, 'select login from bindings')
      expect(rows).to.have.length.at.least(1)
      const everything = await Promise.all(
        ['instances', 'operations', 'audit show', 'instances show i1'].map((line) => run(`${line} --json`))
      )
      const { body } = await platform.send({
        method: 'GET',
        path: '/v2/service_instances/i1/service_bindings/b1'
      })
      const { password } = body['credentials'] as { password: string }
      for (const { out } of everything) expect(out).to.not.include(password)
    })

    describe('after its end', () => {
      it('forgets the address when the broker ends, and says so with exit code 3', async () => {
        await broker.stop()
        const { code, err } = await run('instances')
        expect([code, err]).to.deep.equal([3, 'portolan: the broker does not run on this data folder\n'])
      })
    })

    function program(line: string): string {
      return `'${process.execPath}' '${join(root, 'src/boot/boot.mjs')}' ${line}`
    }

    function shellEnv(more: Record<string, string> = {}): Record<string, string> {
      const { PATH = '' } = process.env
      const settings = { PORT: '0', PORTOLAN_DATA: data, PORTOLAN_CONFIG: join(data, 'portolan.yaml') }
      return { PATH, TERM: 'xterm', ...env, ...settings, ...more }
    }

    /** On a terminal of its own, with this typed. */
    function typed(line: string, input: string, more: Record<string, string> = {}): string {
      const code = `script -qec "${program(line).replaceAll('"', '\\"')}" /dev/null`
      need('script')
      return execFileSync(need('bash'), ['-c', `${code}; true`], {
        env: shellEnv(more),
        encoding: 'utf8',
        input: `${input}\n`,
        stdio: ['pipe', 'pipe', 'pipe']
      })
    }
  })
}
