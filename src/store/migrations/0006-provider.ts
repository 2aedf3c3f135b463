/**
 * Whose room an operation takes. It is kept beside the operation, so that a claim finds the due ones of one provider without walking
 * over those of another. A copy of the version before leaves it empty, and the claim fills it in; what has ended takes no room.
 */
export const provider: readonly string[] = [
  `alter table operations add column provider text not null default ''`,
  `update operations set provider = coalesce((select r.provider from resources r where r.id = operations.resource), '')
    where state = 'in progress'`,
  `create index operations_due_by_provider on operations (provider, due_at) where state = 'in progress' and waits_for is null`,
  `drop index operations_due`
]
