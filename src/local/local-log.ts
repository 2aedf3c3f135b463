import type { JsonObject } from '../contract/json.ts'

/** What happens to local servers; `warn` is for what nobody has asked for. `info` where nothing is said. */
export type LocalLog = (text: string, facts?: JsonObject, level?: 'info' | 'warn') => void
