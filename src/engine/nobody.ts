import type { Resource } from '../domain/resource.ts'
import type { Works } from './subject.ts'

/**
 * What stands for the instance and the plan of a resource that has neither: an orphan. Nothing of it is in the store, and no step of
 * an orphan's operation reads it.
 */
export function nobody({ id, provider, family, region }: Resource): Pick<Works, 'instance' | 'plan'> {
  const nothing = { serviceId: '', planId: '', revision: '', organization: '', space: '', operation: '' }
  return {
    instance: {
      ...nothing,
      id: '',
      platform: '',
      osbId: '',
      state: 'deleted',
      planIds: [],
      requestHash: '',
      parameters: {},
      context: {},
      view: 'cloudfoundry',
      region,
      resource: id,
      usable: false,
      labels: {},
      createdAt: 0
    },
    plan: {
      id: '',
      name: '',
      description: '',
      offeringId: '',
      family,
      provider,
      driverPlan: {},
      regions: [region],
      defaultRegion: region,
      synchronous: false,
      free: false,
      bindable: false,
      bindingRotatable: false,
      planUpdateable: false,
      maximumPollingDurationSeconds: 0,
      isolation: 'shared',
      metadata: {},
      createSchema: {},
      updateSchema: {},
      bindSchema: {}
    }
  }
}
