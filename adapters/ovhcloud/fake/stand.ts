import type { ApiLogins } from '../../../test/support/fake/api-logins.ts'

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
  /** `false`: something depends on it, and it stays. */
  remove(name: string): Promise<boolean>
}

/** Where a service really stands. */
export interface Stand {
  /** PEM, for `localhost`. */
  readonly certificate: string
  /** `plain`: it may make neither logins nor databases. */
  setPassword(password: string, plain: boolean): Promise<void>
  open(doors: Doors): Promise<{ readonly port: number; close(): void }>
  readonly users: StandUsers
  /** Absent where there are no databases. */
  addDatabase?(name: string): Promise<void>
  /** Removes all that stands there. */
  giveBack(): Promise<void>
}

/** Of a server whose logins are made at once: they wait here until they are admitted. */
export function waitingUsers(logins: ApiLogins, admitted: (name: string) => Promise<unknown>): StandUsers {
  const waiting = new Map<string, string>()
  return {
    async add(name, password) {
      waiting.set(name, password)
    },
    async admit(name) {
      const password = waiting.get(name)
      if (password === undefined) return
      waiting.delete(name)
      await logins.add(name, password)
      await admitted(name)
    },
    setPassword: (name, password) => logins.setPassword(name, password),
    remove: async (name) => waiting.delete(name) || (await logins.drop(name))
  }
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
