/** How the owner of a PostgreSQL database gets in: the managed root, never a superuser. */
export interface PostgresqlAccess {
  readonly kind: 'postgresql'
  readonly host: string
  readonly port: number
  /** The resource's own database; its group role has the same name. */
  readonly database: string
  /** Where root makes roles and ends sessions, so that a full database never keeps it out. Default `postgres`. */
  readonly maintenanceDatabase?: string
  readonly user: string
  readonly password: string
  /** Absent only for a server on loopback; the port refuses it for any other host. */
  readonly tls?: { readonly ca?: string; readonly servername?: string }
  /** `private` lets the port connect to an address that is not public. */
  readonly network: 'public' | 'private'
  /** Connections one binding may hold. */
  readonly connectionLimit?: number
}

/** The family `example` of the adapter `memory`: a key-value box that lives in this process. */
export interface ExampleAccess {
  readonly kind: 'example'
  readonly box: string
}

/** One kind of access per family. */
export type Access = PostgresqlAccess | ExampleAccess
