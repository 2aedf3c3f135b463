import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { JsonObject } from '../contract/json.ts'
import type { Offering, Plan } from '../domain/offer.ts'

/** The answer of GET /v2/catalog, ready to send. */
export interface CatalogBytes {
  /** Strong validator of `identity`, with its quotes. */
  readonly etag: string
  /** Strong validator of `gzip`: other bytes have another one (RFC 9110 §8.8.3.3). */
  readonly gzipEtag: string
  readonly identity: Buffer
  readonly gzip: Buffer
}

export function catalogBytes(offerings: readonly Offering[]): CatalogBytes {
  const identity = Buffer.from(JSON.stringify(renderCatalog(offerings)))
  const digest = createHash('sha256').update(identity).digest('base64url')
  return {
    etag: `"${digest}"`,
    gzipEtag: `"${digest}-gzip"`,
    identity,
    gzip: gzipSync(identity, { level: 9 })
  }
}

/** OSB 2.17 "Catalog Management". Absent things are left out, never null. */
function renderCatalog(offerings: readonly Offering[]): JsonObject {
  return { services: offerings.map(renderOffering) }
}

function renderOffering(offering: Offering): JsonObject {
  return {
    name: offering.name,
    id: offering.id,
    description: offering.description,
    ...(offering.tags.length > 0 && { tags: offering.tags }),
    bindable: offering.plans.some(({ bindable }) => bindable),
    instances_retrievable: true,
    // Platforms refuse an asynchronous bind without it.
    bindings_retrievable: true,
    allow_context_updates: offering.allowContextUpdates,
    plan_updateable: offering.plans.some(({ planUpdateable }) => planUpdateable),
    ...(Object.keys(offering.metadata).length > 0 && { metadata: offering.metadata }),
    plans: offering.plans.map(renderPlan)
  }
}

/** Every flag is stated: there are platforms that do not know the text's defaults. */
function renderPlan(plan: Plan): JsonObject {
  return {
    id: plan.id,
    name: plan.name,
    description: plan.description,
    free: plan.free,
    bindable: plan.bindable,
    binding_rotatable: plan.bindingRotatable,
    plan_updateable: plan.planUpdateable,
    maximum_polling_duration: plan.maximumPollingDurationSeconds,
    ...(plan.maintenanceInfo && { maintenance_info: plan.maintenanceInfo }),
    metadata: plan.metadata,
    schemas: {
      service_instance: {
        create: { parameters: plan.createSchema },
        update: { parameters: plan.updateSchema }
      },
      ...(plan.bindable && { service_binding: { create: { parameters: plan.bindSchema } } })
    }
  }
}
