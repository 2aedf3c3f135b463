/** The contract as an adapter from outside imports it, under the name `portolan/contract`: types only, so that nothing of ours is needed when it runs. */
export type * from './access.ts'
export type * from './adapter.ts'
export type * from './errors.ts'
export type * from './family.ts'
export type * from './json.ts'
export type * from './ports.ts'
export type * from './s3.ts'
