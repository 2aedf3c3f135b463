import { type Faults, noFaults } from '../../../test/support/fake/faults.ts'

/** How the fake behaves; set whole through `PUT /_control/scene`, what is left out gets its default. */
export interface Scene extends Faults {
  /** How many looks (GET of the service) each transient state lasts. */
  looks: number
  /** Flavors of which no offer matches. */
  soldOut: string[]
  /** So many services that are made from now on end in status `ERROR`. */
  halfCreated: number
  /** A new service, user of the project or bucket is in no list before both are over: so many list calls, and so many seconds. */
  hiddenLists: number
  hiddenSeconds: number
  /** A new service answers 404 under its id for so many GETs. */
  hiddenGets: number
  /** So many POSTs of services, users, keys and buckets, and resets, from now on answer 500 although they took effect. */
  failedPosts: number
  /** So many requests for a token are answered with a page for people. */
  tokenPages: number
  /** Services the project may have. */
  quota: number
  /** Network rules are accepted and not kept. */
  forgetsRules: boolean
  /** A private network is accepted and not kept. */
  forgetsNetworks: boolean
  /** The administrator may make neither roles nor databases. */
  plainAdmin: boolean
  /** A new database is listed, and answers 404 under its id, for so many GETs. */
  hiddenDatabases: number
  /** A new password works only after so many seconds. */
  latePasswords: number
  /** Buckets the project may have. */
  buckets: number
  /** So many policies, keys and buckets from now on are refused because the object storage has not heard of their user yet. */
  unheardUsers: number
  /** New keys work only after `POST /_control/keys`. */
  lateKeys: boolean
  /** New buckets get no tags. */
  losesTags: boolean
}

export function calm(): Scene {
  return {
    ...noFaults(),
    looks: 2,
    soldOut: [],
    halfCreated: 0,
    hiddenLists: 0,
    hiddenSeconds: 0,
    hiddenGets: 0,
    failedPosts: 0,
    tokenPages: 0,
    quota: 10_000,
    forgetsRules: false,
    forgetsNetworks: false,
    plainAdmin: false,
    hiddenDatabases: 1,
    latePasswords: 0,
    buckets: 10_000,
    unheardUsers: 0,
    lateKeys: false,
    losesTags: false
  }
}
