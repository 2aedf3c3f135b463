import { expect } from 'chai'
import { createMetrics } from '../src/metrics.ts'

describe('the metrics', () => {
  it('count operations, port calls and leases', async () => {
    const metrics = createMetrics()
    metrics.operationEnded('create', 'succeeded')
    metrics.portCall('http', 'throttled')
    metrics.leaseTakenOver()
    const text = await metrics.text()
    expect(text).to.include('portolan_operations_ended_total{kind="create",state="succeeded"} 1')
    expect(text).to.include('portolan_port_calls_total{port="http",outcome="throttled"} 1')
    expect(text).to.include('portolan_leases_taken_over_total 1')
  })

  it('tell open operations as they are now', async () => {
    let rows = [
      { kind: 'create', state: 'in progress', count: 3, ageSeconds: 40 },
      { kind: 'clean-up', state: 'in progress', count: 2, ageSeconds: 90 }
    ]
    const metrics = createMetrics({ openOperations: async () => rows })
    const first = await metrics.text()
    expect(first).to.include('portolan_operations_open{kind="create",state="in progress"} 3')
    expect(first).to.include('portolan_operations_oldest_seconds{kind="clean-up",state="in progress"} 90')
    expect(first).to.include('portolan_clean_ups_open 2')
    rows = []
    const second = await metrics.text()
    expect(second).to.not.include('kind="create"')
    expect(second).to.include('portolan_clean_ups_open 0')
  })

  it('tell of each provider what runs, what is left alone, and how many tries there are', async () => {
    const larch = { provider: 'larch', running: 16, openCircuits: 2, retriesLeft: 0 }
    const text = await createMetrics({ providers: () => [larch] }).text()
    expect(text).to.include('portolan_operations_running{provider="larch"} 16')
    expect(text).to.include('portolan_circuits_open{provider="larch"} 2')
    expect(text).to.include('portolan_retries_left{provider="larch"} 0')
  })

  it('tell what the last looks found, and when they were', async () => {
    const text = await createMetrics({
      drift: async () => ({
        found: [{ provider: 'larch', kind: 'orphan', count: 2 }],
        looks: [{ provider: 'larch', family: 'redis', lookedAt: 1_772_366_400_000 }]
      })
    }).text()
    expect(text).to.include('portolan_drift{provider="larch",kind="orphan"} 2')
    expect(text).to.include(
      'portolan_drift_last_look_timestamp_seconds{provider="larch",service="redis"} 1772366400'
    )
  })

  it('can be read when the store does not answer, and then tell nothing of operations', async () => {
    const down = () => Promise.reject(new Error('down'))
    const metrics = createMetrics({ openOperations: down, drift: down })
    metrics.request('GET', '/livez', 200, 0.001)
    const text = await metrics.text()
    expect(text).to.include('portolan_http_requests_total{method="GET",route="/livez",status="200"} 1')
    expect(text).to.include(
      'portolan_http_request_duration_seconds_bucket{le="0.001",method="GET",route="/livez"} 1'
    )
    expect(text).to.not.match(/^portolan_clean_ups_open/m)
  })
})
