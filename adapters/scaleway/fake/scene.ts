import { type Faults, noFaults } from '../../../test/support/fake/faults.ts'

/** How the fake behaves; set whole through `PUT /_control/scene`, what is left out gets its default. */
export interface Scene extends Faults {
  /** How many looks (GET of the instance, or a list that shows it) each transient state lasts. */
  looks: number
  /** Node types that cannot be had. */
  outOfStock: string[]
  /** So many instances that are made from now on end in status `error`. */
  halfCreated: number
  /** A new instance, or thing of IAM, is in no list before both are over: so many list calls, and so many seconds. */
  hiddenLists: number
  hiddenSeconds: number
  /** A new instance answers 404 under its id for so many GETs. */
  hiddenGets: number
  /** The most that a page of instances, clusters or things of IAM holds, whatever is asked for. */
  pageSize: number
  /** So many PUTs of network rules from now on answer "Tuple concurrently updated". */
  tupleConflicts: number
  /** So many PUTs of privileges from now on do not know the user yet. */
  lateUsers: number
  /** Instances, clusters and buckets the project may have, of each. */
  quota: number
  /** So many deletions of Redis clusters from now on end in status `error`. */
  failedDeletes: number
  /** Network rules are accepted and not kept. */
  forgetsRules: boolean
  /** Products that the key has no right to: `relational_databases`, `redis`. */
  denied: string[]
  /** The login of a new instance may not make roles. */
  plainAdmin: boolean
  /** Applications, policies and keys the organisation may have, of each. */
  iamQuota: number
  /** The broker's key has no rights over IAM. */
  noIam: boolean
  /** A new application is unknown to whoever wants to give it something, for so many requests. */
  strangers: number
  /** So many policies of buckets from now on are refused because they name applications besides the broker's. */
  strangePrincipals: number
  /** A new key opens nothing for so many requests of its own. */
  lateKeys: number
}

export function calm(): Scene {
  return {
    ...noFaults(),
    looks: 2,
    outOfStock: [],
    halfCreated: 0,
    hiddenLists: 0,
    hiddenSeconds: 0,
    hiddenGets: 0,
    pageSize: 100,
    tupleConflicts: 0,
    lateUsers: 0,
    quota: 10_000,
    failedDeletes: 0,
    forgetsRules: false,
    denied: [],
    plainAdmin: false,
    iamQuota: 10_000,
    noIam: false,
    strangers: 0,
    strangePrincipals: 0,
    lateKeys: 0
  }
}
