import { adoptInstance } from './adopt-instance.ts'
import { deleteOrphan } from './delete-orphan.ts'
import type { OperatorDeps } from './deps.ts'
import { diagnose } from './diagnose.ts'
import { driftOf } from './drift.ts'
import { exportAudit } from './export-audit.ts'
import { failOperation } from './fail-operation.ts'
import { forgetInstance } from './forget-instance.ts'
import { listAudit } from './list-audit.ts'
import { listInstances } from './list-instances.ts'
import { listOperations } from './list-operations.ts'
import type { OperatorService } from './operator-service.ts'
import { purgeInstance } from './purge-instance.ts'
import { recover, showRecovery } from './recover.ts'
import { retryOperation } from './retry-operation.ts'
import { rotateKeys } from './rotate-keys.ts'
import { showInstance } from './show-instance.ts'
import { showOperation } from './show-operation.ts'
import { verifyAudit } from './verify-audit.ts'

/** The operators' use cases over what they need. */
export function createOperatorService(deps: OperatorDeps): OperatorService {
  return {
    listInstances: (query) => listInstances(deps, query),
    showInstance: (id) => showInstance(deps, id),
    purgeInstance: (caller, id) => purgeInstance(deps, caller, id),
    adoptInstance: (caller, request) => adoptInstance(deps, caller, request),
    forgetInstance: (caller, id) => forgetInstance(deps, caller, id),
    showDrift: () => driftOf(deps),
    deleteOrphan: (caller, request) => deleteOrphan(deps, caller, request),
    listOperations: (query) => listOperations(deps, query),
    showOperation: (id) => showOperation(deps, id),
    retryOperation: (caller, id) => retryOperation(deps, caller, id),
    failOperation: (caller, id) => failOperation(deps, caller, id),
    rotateKeys: (caller) => rotateKeys(deps, caller),
    listAudit: (query) => listAudit(deps, query),
    verifyAudit: (query) => verifyAudit(deps, query),
    exportAudit: (query) => exportAudit(deps, query),
    showRecovery: () => showRecovery(deps),
    recover: (caller) => recover(deps, caller),
    diagnose: () => diagnose(deps)
  }
}
