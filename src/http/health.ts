import type { Edge, Phase } from './edge.ts'
import type { EdgeAnswer, EdgeRequest } from './route.ts'

/** 200 while this process can serve; what exactly is wrong is for this machine and for operators. */
export async function readiness(edge: Edge, phase: Phase, request: EdgeRequest): Promise<EdgeAnswer> {
  const report = await edge.health
    .check()
    .catch((error) => ({ ready: false, details: { error: String(error?.message ?? error) } }))
  const isReady = report.ready && !phase.draining
  const answer = isReady
    ? { status: 'ready' }
    : {
        status: phase.draining ? 'draining' : 'not ready',
        error: 'ServiceUnavailable',
        description: phase.draining ? 'The broker is stopping.' : 'The broker is not ready.'
      }
  const isTrusted = request.isLocal || (await request.identify())?.kind === 'operator'
  return { status: isReady ? 200 : 503, body: isTrusted ? { ...answer, details: report.details } : answer }
}
