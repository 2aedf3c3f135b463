/** The login that every service has. */
export const ADMIN = 'avnadmin'

/** Who may come in at a service's address; asked at each connection. */
export interface Doors {
  isOpen(): boolean
  /** The present password has begun to work. */
  isPasswordThere(): boolean
}

/** Where a service really stands. */
export interface Stand {
  /** PEM, for `localhost`. */
  readonly certificate: string
  /** `plain`: it may make neither logins nor databases. */
  setPassword(password: string, plain: boolean): Promise<void>
  open(doors: Doors): Promise<{ readonly port: number; close(): void }>
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
