import { takesOver } from '../../test/support/adoption-suite.ts'
import { useOvhcloud } from './fake/bench.ts'

describe('ovhcloud, what is taken over', () => {
  const bench = useOvhcloud()
  takesOver(bench, {
    postgresql: { plan: 'essential', version: '15', flavor: 'db1-4', nodes: 1, diskGb: 80 },
    redis: { plan: 'essential', version: '7.2', flavor: 'db1-4', nodes: 1 },
    standing: async () => (await bench.fake.state()).services[0],
    locked: 'LOCKED',
    ready: 'READY'
  })
})
