import { Refusal } from '../domain/refusal.ts'
import type { Versions } from './edge.ts'

const HEADER = 'X-Broker-API-Version'
const MAJOR = 2

export interface ApiVersion {
  readonly major: number
  readonly minor: number
}

/** Compared as two whole numbers (2.9 is older than 2.11); throws the refusal that OSB names. */
export function checkVersion(header: string | undefined, versions: Versions): ApiVersion {
  if (!header)
    throw new Refusal(versions.missingStatus, `The header ${HEADER} is required. ${serves(versions)}`)
  const version = parseVersion(header)
  const oldest = parseVersion(versions.minimum)?.minor ?? 0
  if (version === undefined || version.major !== MAJOR || version.minor < oldest)
    throw new Refusal(412, `This version of the API is not supported. ${serves(versions)}`)
  return version
}

export function parseVersion(text: string): ApiVersion | undefined {
  const [, major, minor] = /^(\d{1,5})\.(\d{1,5})$/.exec(text) ?? []
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) }
}

function serves({ minimum }: Versions): string {
  return `This Service Broker serves ${HEADER} ${minimum} and newer minor versions of 2, such as 2.17.`
}
