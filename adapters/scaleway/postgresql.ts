import { engineNamed } from './engine.ts'

/** The database that every instance has. */
const MAINTENANCE = 'rdb'

export const postgresql = engineNamed('PostgreSQL', '[0-9]{2}', (entry) => ({
  kind: 'postgresql',
  maintenanceDatabase: MAINTENANCE,
  ...entry
}))
