import { takesOver } from '../../test/support/adoption-suite.ts'
import { useScaleway } from './fake/bench.ts'

describe('scaleway, what is taken over', () => {
  const bench = useScaleway()
  takesOver(bench, {
    postgresql: { engine: 'PostgreSQL-15', nodeType: 'db-dev-s', volumeType: 'sbs_5k', volumeSizeGb: 10 },
    redis: { version: '7.0.5', nodeType: 'RED1-MICRO', clusterSize: 1 },
    standing: async () => (await bench.fake.state()).instances[0],
    locked: 'locked',
    ready: 'ready',
    others: [
      {
        service: 'postgresql',
        says: { nodeType: 'DB-DEV-M', volumeSizeGb: 15 },
        differences: ['the node type is db-dev-s, not db-dev-m', 'the volume in GB is 10, not 15']
      },
      { service: 'postgresql', says: { nodeType: 'DB-DEV-S' }, differences: [] },
      {
        service: 'postgresql',
        says: { engine: 'PostgreSQL-16', volumeSizeGb: 5, highAvailability: true },
        differences: [
          'the engine is PostgreSQL-15, not PostgreSQL-16',
          'the volume in GB is 10, not 5',
          'the high availability is off, not on'
        ]
      },
      {
        service: 'postgresql',
        says: { volumeType: 'lssd', volumeSizeGb: 0 },
        differences: ['the volume type is sbs_5k, not lssd']
      },
      {
        service: 'redis',
        says: { nodeType: 'RED1-S', version: '6.2.7', clusterSize: 2, zone: 2 },
        differences: [
          'the version is 7.0.5, not 6.2.7',
          'the node type is red1-micro, not red1-s',
          'the number of nodes is 1, not 2',
          'the zone is fr-par-1, not fr-par-2'
        ]
      }
    ]
  })
})
