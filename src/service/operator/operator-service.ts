import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { InstanceState } from '../../domain/instance.ts'
import type { OperationKind, OperationState } from '../../domain/operation.ts'
import type { AdoptRequest } from './adopt-instance.ts'
import type { AuditView } from './audit-view.ts'
import type { DeleteOrphanRequest } from './delete-orphan.ts'
import type { OperatorCaller } from './deps.ts'
import type { Drift } from './drift-view.ts'
import type { ExportedPage } from './export-audit.ts'
import type { Forgotten } from './forget-instance.ts'
import type { InstanceDetails, InstanceView } from './instance-view.ts'
import type { OperationDetails, OperationView } from './operation-view.ts'
import type { Page, PageRequest } from './page.ts'
import type { Purged } from './purge-instance.ts'
import type { Recovered, RecoveryView } from './recover.ts'
import type { Rotated } from './rotate-keys.ts'
import type { VerifiedPage } from './verify-audit.ts'

export interface InstanceQuery extends PageRequest {
  readonly platform?: string
  readonly state?: InstanceState
}

export interface OperationQuery extends PageRequest {
  readonly state?: OperationState
  readonly kind?: OperationKind
  readonly platform?: string
  /** Our id of an instance. */
  readonly instance?: string
}

export interface AuditQuery extends PageRequest {
  /** `instance i-1` as it is written, or only the id. */
  readonly subject?: string
  readonly platform?: string
  readonly actor?: string
}

/**
 * The operators' use cases. Each throws `Refusal` for an answer that is not a success; none of them ever tells a secret.
 * An instance is named by our id or by its platform's.
 */
export interface OperatorService {
  listInstances(query: InstanceQuery): Promise<Page<InstanceView>>
  showInstance(id: string): Promise<InstanceDetails>
  purgeInstance(caller: OperatorCaller, id: string): Promise<Purged>
  adoptInstance(caller: OperatorCaller, request: AdoptRequest): Promise<OperationView>
  forgetInstance(caller: OperatorCaller, id: string): Promise<Forgotten>
  showDrift(): Promise<Drift>
  deleteOrphan(caller: OperatorCaller, request: DeleteOrphanRequest): Promise<OperationView>
  listOperations(query: OperationQuery): Promise<Page<OperationView>>
  showOperation(id: string): Promise<OperationDetails>
  /** The operation that is due now: this one, or the one that was made to do its work again. */
  retryOperation(caller: OperatorCaller, id: string): Promise<OperationView>
  /** As it is after a few seconds: a worker in the middle of a step finishes that step first. */
  failOperation(caller: OperatorCaller, id: string): Promise<OperationView>
  rotateKeys(caller: OperatorCaller): Promise<Rotated>
  listAudit(query: AuditQuery): Promise<Page<AuditView>>
  /** One stretch; without `after` from the beginning. */
  verifyAudit(query: PageRequest): Promise<VerifiedPage>
  exportAudit(query: PageRequest): Promise<ExportedPage>
  showRecovery(): Promise<RecoveryView>
  recover(caller: OperatorCaller): Promise<Recovered>
  diagnose(): Promise<{ readonly worst: Diagnosis['level']; readonly findings: readonly Diagnosis[] }>
}
