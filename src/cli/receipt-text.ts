import type { Json, JsonObject } from '../contract/json.ts'
import { isObject } from '../contract/read.ts'
import { list } from './table.ts'

/** A receipt for people. Its fields are read as they come: an issuer of another version may leave some out. */
export function receiptText(receipt: JsonObject): string {
  const subject = objectIn(receipt, 'credentialSubject')
  const head: Lines = [
    ['Receipt', textOf(receipt, 'id')],
    ['Issuer', issuerIn(receipt)],
    ['Issued', textOf(receipt, 'validFrom')],
    ['Instance', textOf(subject, 'instance')],
    ['Platform', textOf(subject, 'platform')]
  ]
  const rest = subject['type'] === 'Erasure' ? erasureLines(subject) : switchLines(subject)
  return list([...head, ...rest])
}

type Lines = readonly (readonly [title: string, value: string])[]

function switchLines(subject: JsonObject): Lines {
  const verification = objectIn(subject, 'verification')
  const figures = objectIn(subject, 'figures')
  return [
    ['From', placeIn(subject, 'from')],
    ['To', placeIn(subject, 'to')],
    ['Verified', textOf(verification, 'verdict')],
    ['Compared', pairs(objectIn(verification, 'compared'))],
    ['Differs on purpose', textOf(verification, 'notes')],
    ['Digest', textOf(verification, 'digest')],
    ['Figures', pairs(figures)],
    ...listIn(subject, 'timeline').map(
      (each) => ['At', `${textOf(each, 'at')} ${textOf(each, 'state')}`] as const
    ),
    ['Source kept until', textOf(subject, 'retrievalUntil')]
  ]
}

function erasureLines(subject: JsonObject): Lines {
  const proven = subject['proven']
  return [
    ['Erased', placeIn(subject, 'erased')],
    ['Name there', textOf(objectIn(subject, 'erased'), 'resourceName')],
    ['Method', textOf(subject, 'method')],
    ['At', textOf(subject, 'erasedAt')],
    ['Ordered by', textOf(subject, 'orderedBy')],
    ...(Array.isArray(proven) ? proven : []).map((each: Json) => ['Proven', String(each)] as const),
    ['Backups expire', textOf(subject, 'backupExpiry')]
  ]
}

function placeIn(subject: JsonObject, name: string): string {
  const place = objectIn(subject, name)
  const where = ['provider', 'plan', 'region'].map((each) => textOf(place, each)).join(', ')
  return `${where} (resource ${textOf(place, 'resource')})`
}

function issuerIn({ issuer }: JsonObject): string {
  return isObject(issuer) ? textOf(issuer, 'id') : String(issuer)
}

function pairs(object: JsonObject): string {
  return Object.entries(object)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return isObject(value) ? value : {}
}

function listIn(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name]
  return Array.isArray(value) ? value.filter(isObject) : []
}

function textOf(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
