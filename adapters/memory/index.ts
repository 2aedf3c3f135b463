import type { AdapterModule } from '../../src/contract/adapter.ts'
import { exampleDriver } from './example.ts'

/** A provider that lives in this process: the smallest complete adapter, and the one to copy. */
export const adapter: AdapterModule = {
  contract: 1,
  name: 'memory',
  settingsSchema: { type: 'object', additionalProperties: false },
  open: () => ({
    drivers: { example: exampleDriver(new Map()) },
    ping: async () => {},
    inspect: async () => [
      { level: 'warning', subject: 'memory', text: 'Boxes are forgotten when the broker ends.' }
    ]
  })
}
