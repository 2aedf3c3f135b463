import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import type { JsonObject } from '../../src/contract/json.ts'
import { BUILT_WITHIN_MS } from '../support/built.ts'
import { until } from '../support/core.ts'
import { type Desk, desk } from '../support/portolan.ts'
import { root } from '../support/root.ts'

const WITHIN_MS = 30_000

describe('The fake of an adapter from outside, alone', function () {
  this.timeout(BUILT_WITHIN_MS)
  let at: Desk
  const children: ChildProcess[] = []

  before(async () => {
    at = desk()
    expect((await at.run(['adapter', 'new', 'acme'])).code).to.equal(0)
    rewrite('fake/provider.ts', (text) => text.replace('making: 30', 'making: 1'))
  })
  after(() => {
    for (const child of children) child.kill('SIGKILL')
    at.remove()
  })

  it('tells what portolan.yaml says of it, goes with the time, and ends when it is told to', async () => {
    const { child, told } = await started()
    const settings = (told['providers'] as JsonObject)['acme'] as JsonObject
    expect(told['catalog']).to.deep.equal(['default', join(at.folder, 'acme/catalog')])
    expect([settings['adapter'], settings['network']]).to.deep.equal([join(at.folder, 'acme'), 'private'])
    const box = { name: 'one', region: 'here', size: 'small', title: '', labels: {} }
    const made = (await (await ask(settings, 'POST', '/boxes', box)).json()) as { id: string; state: string }
    expect(made.state).to.equal('making')
    const state = async () => (await (await ask(settings, 'GET', `/boxes/${made.id}`)).json()) as typeof made
    await until(async () => (await state()).state === 'ready', WITHIN_MS)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).to.deep.equal([0, null])
    expect(await answers(settings)).to.equal(false)
  })

  it('does not outlive who started it', async () => {
    const { child, told } = await started()
    const settings = (told['providers'] as JsonObject)['acme'] as JsonObject
    expect(await answers(settings)).to.equal(true)
    child.kill('SIGKILL')
    await until(async () => !(await answers(settings)), WITHIN_MS)
  })

  it('is missed where conformance.ts exports none', async () => {
    rewrite('conformance.ts', (text) =>
      text.replace('export async function fake()', 'async function other()')
    )
    const { code, err } = await at.run(['adapter', 'fake', './acme'])
    expect([code, err]).to.deep.equal([
      1,
      `portolan: ${join(at.folder, 'acme/conformance.ts')} exports no \`fake\`: a function of the kit that starts the fake alone\n`
    ])
  })

  function rewrite(file: string, change: (text: string) => string): void {
    const path = join(at.folder, 'acme', file)
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  }

  async function started(): Promise<{ readonly child: ChildProcess; readonly told: JsonObject }> {
    const words = [join(root, 'src/boot/boot.mjs'), 'adapter', 'fake', 'acme', '--json']
    const child = spawn(process.execPath, words, { cwd: at.folder, stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(child)
    const [line] = await once(createInterface(child.stdout), 'line')
    return { child, told: JSON.parse(String(line)) as JsonObject }
  }
})

function ask({ apiUrl, apiKey }: JsonObject, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${String(apiUrl)}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${String(apiKey)}` },
    ...(body ? { body: JSON.stringify(body) } : {})
  })
}

async function answers(settings: JsonObject): Promise<boolean> {
  const answer = await ask(settings, 'GET', '/me').catch(() => undefined)
  return answer?.ok === true
}
