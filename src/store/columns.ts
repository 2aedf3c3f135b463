import type { JsonObject } from '../contract/json.ts'
import type { Row } from './session.ts'

/** Reading a row's columns: what is written by the table files can be read by them. */
export function text(row: Row, column: string): string {
  return String(row[column])
}

export function maybeText(row: Row, column: string): string | undefined {
  const value = row[column]
  return value === null || value === undefined ? undefined : String(value)
}

export function whole(row: Row, column: string): number {
  return Number(row[column])
}

export function maybeWhole(row: Row, column: string): number | undefined {
  const value = row[column]
  return value === null || value === undefined ? undefined : Number(value)
}

export function yes(row: Row, column: string): boolean {
  return Number(row[column]) === 1
}

export function object(json: string): JsonObject {
  return JSON.parse(json) as JsonObject
}

/** Leaves out what is undefined, so that optional properties are absent and never undefined. */
export function present<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}
