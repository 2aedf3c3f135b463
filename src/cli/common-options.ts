import type { Option } from './command.ts'

export const JSON_OPTION: Option = { help: 'print JSON, for programs' }
export const PAGING: Readonly<Record<string, Option>> = {
  limit: { value: 'N', help: 'how many at most, 1 to 1000; default 100' },
  after: { value: 'N', help: 'go on after the page before, as it said' },
  json: JSON_OPTION
}

export const PLATFORM: Option = { value: 'NAME', help: 'only of this platform' }
