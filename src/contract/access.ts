/** Where a server listens, and as whom its owner gets in. */
interface ServerAccess {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** Absent only for a server on loopback; the port refuses it for any other host. */
  readonly tls?: { readonly ca?: string; readonly servername?: string }
  /** `private` lets the port connect to an address that is not public. */
  readonly network: 'public' | 'private'
}

/** How the owner of a PostgreSQL database gets in: the managed root, never a superuser. */
export interface PostgresqlAccess extends ServerAccess {
  readonly kind: 'postgresql'
  /** The resource's own database; its group role has the same name. */
  readonly database: string
  /** Where root makes roles and ends sessions, so that a full database never keeps it out. Default `postgres`. */
  readonly maintenanceDatabase?: string
  /** Connections one binding may hold. */
  readonly connectionLimit?: number
}

/** How the owner of a MySQL or MariaDB database gets in: an administrator that may make users and grant them rights on it. */
export interface MysqlAccess extends ServerAccess {
  readonly kind: 'mysql'
  /** The resource's own database. */
  readonly database: string
  /** Connections one binding may hold. */
  readonly connectionLimit?: number
}

/** How the owner of a Redis or Valkey server gets in: a user that may administer the access list. */
export interface RedisAccess extends ServerAccess {
  readonly kind: 'redis'
  /** Only where tenants share one server (`isolation: shared`): their keys and channels begin with it and a colon. */
  readonly prefix?: string
}

/** How the owner of a bucket gets in, over the S3 API. */
export interface ObjectStorageAccess {
  readonly kind: 'object-storage'
  /** `https://s3.fr-par.scw.cloud`; without TLS only on loopback. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The bucket stands in the path, not in the host name. */
  readonly pathStyle?: true
  /** PEM, instead of the certificate authorities that Node trusts. */
  readonly ca?: string
  readonly network: 'public' | 'private'
}

/** The family `example` of the adapter `memory`: a key-value box that lives in this process. */
export interface ExampleAccess {
  readonly kind: 'example'
  readonly box: string
}

/** One kind of access per family. */
export type Access = PostgresqlAccess | MysqlAccess | RedisAccess | ObjectStorageAccess | ExampleAccess
