import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { operatorRoutes } from '../../src/http/api/operator-routes.ts'
import { switchRoutes } from '../../src/http/api/switch-routes.ts'
import { BUILT_WITHIN_MS, built } from '../support/built.ts'
import { type Core, openCore, until } from '../support/core.ts'
import { databases, type Place } from '../support/databases.ts'
import { OPERATOR_PASSWORD, startEdge, type TestEdge } from '../support/edge.ts'
import { operatorOf } from '../support/operator.ts'
import { type Desk, desk, type Ran } from '../support/portolan.ts'
import { bind, provision } from '../support/requests.ts'
import { root } from '../support/root.ts'
import { hold } from '../support/suite.ts'
import { AS_OPERATOR, switchesOf } from '../support/switches.ts'

const BUSY =
  'portolan: something is under way there already: `portolan switch list` and `portolan operations` show it\n'
const ACCEPT = '--accept loses-certification:c5'

describe('portolan switch, on a running broker', function () {
  this.timeout(BUILT_WITHIN_MS)
  let place: Place
  let core: Core
  let edge: TestEdge
  let at: Desk
  let count = 0
  let instance: string

  before(async () => {
    const [sqlite] = databases
    if (!sqlite) throw new Error('no database')
    place = await sqlite.fresh()
    core = await openCore(place.address)
    edge = await startEdge({ api: [...operatorRoutes(operatorOf(core)), ...switchRoutes(switchesOf(core))] })
    at = desk()
  })
  beforeEach(async () => {
    core.cloud.script = () => {}
    core.cloud.findings = []
    instance = `i${++count}`
    await provision(core, instance, 'quick')
    await bind(core, instance, 'b', 'quick')
  })
  after(async () => {
    at.remove()
    await edge.server.close(0)
    await core.close()
    await place.drop()
  })

  const env = () => ({
    PORTOLAN_URL: edge.url,
    PORTOLAN_OPERATOR_USERNAME: 'operator',
    PORTOLAN_OPERATOR_PASSWORD: OPERATOR_PASSWORD
  })
  const run = (line: string): Promise<Ran> => at.run(`switch ${line}`.split(' '), env())
  const last = async (): Promise<string> =>
    (await switchesOf(core).list(AS_OPERATOR, { limit: 1, instance })).items[0]?.id ?? ''

  /** Runs what follows a switch, and lets the broker's time pass meanwhile. */
  async function followed(line: string): Promise<Ran> {
    const before = await last()
    const running = run(line)
    await until(async () => (await last()) !== before, 60_000)
    await core.settle()
    return running
  }

  async function moved(): Promise<string> {
    const ran = await run(`start ${instance} --to abroad ${ACCEPT} --no-wait`)
    expect(ran.err).to.equal('')
    await core.settle()
    return last()
  }

  it('plan tells what it would meet and what has to be accepted; exit code 1 when something blocks', async () => {
    const { code, out } = await run(`plan ${instance} --to abroad`)
    expect(code).to.equal(0)
    expect(out)
      .to.match(/from +quick of north, harbour\nto +abroad of south, harbour\n/)
      .and.match(/LEVEL +ID +SUBJECT/)
      .and.match(/Applications cannot write for about 2 seconds\.\n/)
      .and.match(/It can begin with --accept loses-certification:c5\n$/)
    core.cloud.findings = [{ id: 'no-room', level: 'blocking', subject: 'target', text: 'It is full.' }]
    const blocked = await run(`plan ${instance} --to abroad --region hill`)
    expect(blocked.code).to.equal(1)
    expect(blocked.out).to.match(/blocking +no-room +target +It is full\./)
    expect(JSON.parse((await run(`plan ${instance} --to abroad --json`)).out)).to.include({ begins: false })
  })

  it('start follows it to its end: states beside the report, exit code 0', async () => {
    const { code, out, err } = await followed(`start ${instance} --to abroad --accept another ${ACCEPT}`)
    expect([code, err.split('\n').at(-2)]).to.deep.equal([0, 'completed'])
    expect(out)
      .to.match(/accepted +another, loses-certification:c5\n/)
      .and.match(
        /Timeline\n[^]*freeze[^]*completed[^]*Figures\n[^]*nobody could write for[^]*verdict +equal\n/
      )
      .and.match(/Credentials nobody has fetched since\nBINDING +LOGIN[^]*\nb +b[a-z2-7]{20}/)
  })

  it('start ends with 1 and the reason when it did not complete, and tells what differs', async () => {
    core.cloud.script = (method, when) => {
      if (method === 'copy' && when === 'after') [...core.cloud.things.values()].at(-1)?.rows.push('more')
    }
    const { code, out, err } = await followed(`start ${instance} --to abroad ${ACCEPT}`)
    expect(code).to.equal(1)
    expect(err).to.match(/portolan: the switch is rolled back: the copy is different: box/)
    expect(out).to.match(/Differences\nOBJECT +SOURCE +TARGET\nbox +0 rows +1 rows\n/)
  })

  it('start says why it is refused', async () => {
    const { code, out, err } = await run(`start ${instance} --to abroad`)
    expect([code, out]).to.deep.equal([1, ''])
    expect(err).to.include('loses-certification:c5')
  })

  it('rehearse leaves the instance where it is; with --no-wait it returns, and watch goes on', async () => {
    const held = hold(core, 'verify')
    const begun = await run(`rehearse ${instance} --to abroad ${ACCEPT} --no-wait`)
    const id = /portolan switch watch (\S+)\n$/.exec(begun.out)?.[1]
    await held.reached
    const watching = run(`watch ${id} --json`)
    held.release()
    await core.settle()
    const { code, out } = await watching
    expect(code).to.equal(0)
    expect(JSON.parse(out)).to.include({ kind: 'rehearsal', state: 'completed' })
  })

  it('Ctrl-C stops the watching only, and says so', async () => {
    const held = hold(core, 'copy')
    await run(`start ${instance} --to abroad ${ACCEPT} --no-wait`)
    await held.reached
    const id = await last()
    const { code, err } = await interrupted(['switch', 'watch', id])
    expect([code, err]).to.deep.equal([
      1,
      `copy\nNot watched any more; it goes on by itself. Watch it: portolan switch watch ${id}\n`
    ])
    expect((await switchesOf(core).show(AS_OPERATOR, id)).state).to.equal('copy')
    held.release()
    await core.settle()
    expect((await switchesOf(core).show(AS_OPERATOR, id)).state).to.equal('completed')
  })

  it('go and cancel decide on a manual one', async () => {
    for (const [word, state] of [
      ['cancel', 'cancelled'],
      ['go', 'completed']
    ] as const) {
      await run(`start ${instance} --to abroad --manual --within PT24H ${ACCEPT} --no-wait`)
      const id = await last()
      await until(async () => (await switchesOf(core).show(AS_OPERATOR, id)).waitsForGo)
      expect((await run(`show ${id}`)).out).to.match(/state +ready: waiting for go until/)
      const busy = await run(`start ${instance} --to abroad ${ACCEPT}`)
      expect([busy.code, busy.err]).to.deep.equal([1, BUSY])
      expect((await run(`${word} ${id}`)).code).to.equal(0)
      await core.settle()
      expect(JSON.parse((await run(`show ${id} --json`)).out)).to.include({ state })
    }
    const late = await run(`cancel ${await last()}`)
    expect([late.code, late.out]).to.deep.equal([1, ''])
  })

  it('list shows them newest first, with where from and to', async () => {
    const id = await moved()
    const { out } = await run(`list --instance ${instance}`)
    expect(out).to.match(
      new RegExp(`^ID .*\n${id} +switch +cf +${instance} +quick/harbour +abroad/harbour +completed`)
    )
    expect(JSON.parse((await run(`list --instance ${instance} --state blocked --json`)).out)).to.deep.equal({
      items: []
    })
  })

  it('back undoes the last one by another, and says when there is none', async () => {
    const nothing = await run(`back ${instance}`)
    expect([nothing.code, nothing.err]).to.deep.equal([
      1,
      'portolan: it has never been switched: there is no way back\n'
    ])
    await moved()
    const { code, out } = await followed(`back ${instance}`)
    expect(code).to.equal(0)
    expect(out).to.match(/from +abroad of south, harbour\nto +quick of north, harbour\n/)
  })

  it('erase wants the id typed or --yes; receipts are printed or written', async () => {
    const id = await moved()
    const early = await run(`receipt ${id} --erasure`)
    expect([early.code, early.out]).to.deep.equal([1, ''])
    expect(early.err).to.include('not erased yet')
    expect((await run(`receipt ${id}`)).out).to.equal(`completion of ${id}\n`)
    const asked = await run(`erase ${id}`)
    expect(asked.code).to.equal(2)
    expect(asked.err).to.include('--yes')
    expect((await run(`erase ${id} --yes`)).code).to.equal(0)
    await core.settle()
    const file = join(at.folder, 'erasure.jwt')
    expect((await run(`receipt ${id} --erasure --output ${file}`)).err).to.include(file)
    expect(readFileSync(file, 'utf8')).to.equal(`erasure of ${id}\n`)
    const none = join(at.folder, 'none.jwt')
    expect((await run(`receipt nix --output ${none}`)).code).to.equal(1)
    expect(existsSync(none)).to.equal(false)
    const shown = JSON.parse((await run(`show ${id} --json`)).out) as JsonObject
    expect(shown['erasure']).to.include({ orderedBy: 'operator:operator' })
    expect((await run(`show ${id}`)).out).to.match(
      /source erased +.*ordered by operator:operator\n[^]*Erased\n/
    )
  })

  /** Interrupted as soon as it shows something. */
  async function interrupted(
    words: readonly string[]
  ): Promise<{ readonly code: number | null; readonly err: string }> {
    await built()
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [join(root, 'src/boot/boot.mjs'), ...words], {
      cwd: at.folder,
      env: { PATH, HOME, PORTOLAN_DATA: at.data, ...env() },
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => {
      if (err === '') child.kill('SIGINT')
      err += chunk.toString()
    })
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, err }))
    })
  }
})
