/** The login that every service has. */
export const ADMIN = 'avnadmin'

/** Who may come in at a service's address; asked at each connection. */
export interface Doors {
  isOpen(): boolean
  /** The present password has begun to work. */
  isPasswordThere(): boolean
}

/** Users that the API makes. */
export interface StandUsers {
  /** `rules`: of ACL SETUSER. It gets in only when it is admitted. */
  add(name: string, password: string, rules: readonly string[]): Promise<void>
  admit(name: string): Promise<void>
  setPassword(name: string, password: string): Promise<void>
  remove(name: string): Promise<void>
}

/** Where a service really stands. */
export interface Stand {
  /** PEM, for `localhost`. */
  readonly certificate: string
  /** `plain`: it may make neither logins nor databases. */
  setPassword(password: string, plain: boolean): Promise<void>
  open(doors: Doors): Promise<{ readonly port: number; close(): void }>
  /** Absent where the fake's API makes none. */
  readonly users?: StandUsers
  /** Removes all that stands there. */
  giveBack(): Promise<void>
}

/** What is there beyond new servers, for leak checks. */
export interface Left {
  readonly databases: string[]
  readonly roles: string[]
}

export interface Servers {
  take(id: string): Promise<Stand>
  left(): Promise<Left>
}
