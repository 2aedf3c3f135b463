import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { adapter as scaleway } from '../../adapters/scaleway/index.ts'
import { driftText } from '../../src/cli/drift-text.ts'
import type { Driver, Listed } from '../../src/contract/adapter.ts'
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { reachOf } from '../../src/registry/reach.ts'
import type { OpenRegistry } from '../../src/registry/registry.ts'
import { listMarked } from '../../src/start/list-marked.ts'
import { realPorts } from '../conformance/ports.ts'

const BROKER = 'broker-1'

/** An API that answers every list with the same page, of `total` things. */
async function apiOf(total: number, instance: JsonObject) {
  let pages = 0
  const server = createServer((_request, response) => {
    pages += 1
    const page: Json = { instances: [instance], clusters: [], total_count: total }
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.end(JSON.stringify(page))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { postgresql } = scaleway.open({
    secretKey: 'k',
    projectId: 'p',
    regions: ['fr-par'],
    apiUrl: `http://127.0.0.1:${port}`,
    network: 'private'
  }).drivers
  if (!postgresql) throw new Error('no driver')
  return {
    postgresql,
    pages: () => pages,
    close: () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

function instanceNamed(name: string): JsonObject {
  return {
    id: 'e3e9e078-0000-4000-8000-000000000002',
    name,
    region: 'fr-par',
    status: 'ready',
    engine: 'PostgreSQL-15',
    node_type: 'db-dev-s',
    volume: { type: 'bssd', size: 5_000_000_000 },
    tags: ['portolan', `portolan-broker=${BROKER}`, 'portolan-resource=r', 'portolan-generation=1'],
    created_at: '2026-11-24T10:00:00.123456Z',
    endpoints: []
  }
}

function listed(drivers: Readonly<Record<string, Driver>>) {
  const registry = {
    provider: () => ({ adapters: [], drivers }),
    reach: () => reachOf({})
  } as unknown as OpenRegistry
  const ports = (() => realPorts()) as unknown as Parameters<typeof listMarked>[1]
  return listMarked(registry, ports, BROKER, 'somewhere')
}

describe('What stands at a provider, as it tells it', () => {
  it('ends for one whose list repeats the same page for ever, and is told for all others', async () => {
    const [endless, sound] = await Promise.all([
      apiOf(1e12, instanceNamed('p')),
      apiOf(1, instanceNamed('p'))
    ])
    try {
      const found = await listed({ endless: endless.postgresql, sound: sound.postgresql })
      expect(found.map((each) => ('cannot' in each ? each.cannot : each.listed.length))).to.deep.equal([
        'Scaleway answers a list that has no end',
        1
      ])
      expect(endless.pages()).to.be.lessThan(200)
    } finally {
      endless.close()
      sound.close()
    }
  }).timeout(10_000)

  it('ends for a driver that tells no end either', async () => {
    const one: Listed = {
      mark: { broker: BROKER, resource: 'r', generation: 1 },
      name: 'p',
      region: 'here',
      handle: { v: 1 }
    }
    const driver = {
      async *list() {
        for (;;) yield one
      }
    } as unknown as Driver
    const [found] = await listed({ endless: driver })
    expect(found).to.deep.include({ family: 'endless', why: 'no answer' })
    expect(found && 'cannot' in found && found.cannot).to.contain('the list has no end')
  })

  it('reaches a terminal as one line of text, whatever it is called', async () => {
    const name = 'p\u001b[2J\u001b]0;owned\u0007\n\u202egone'
    const api = await apiOf(1, instanceNamed(name))
    try {
      const [found] = await listed({ sound: api.postgresql })
      const told = found && 'listed' in found ? found.listed[0]?.name : undefined
      expect(told).to.equal(name)
      const orphan = { provider: 'x', family: 'f', region: 'r', name, resource: 'r', generation: 1 }
      const choices = [{ choice: 'delete', command: `portolan drift delete x '${name}'` }]
      const text = driftText({
        orphans: [{ ...orphan, choices }],
        unlisted: [{ ...orphan, text: name, why: name }]
      })
      expect(text.replaceAll('\n', '')).not.to.match(/[\p{Cc}\p{Cf}]/u)
      expect(text.split('\n')).to.have.length(9)
    } finally {
      api.close()
    }
  })
})
