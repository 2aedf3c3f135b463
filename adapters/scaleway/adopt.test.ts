import { takesOver } from '../../test/support/adoption-suite.ts'
import { useScaleway } from './fake/bench.ts'

describe('scaleway, what is taken over', () => {
  const bench = useScaleway()
  takesOver(bench, {
    postgresql: { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 },
    redis: { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 },
    standing: async () => (await bench.fake.state()).instances[0],
    locked: 'locked',
    ready: 'ready'
  })
})
