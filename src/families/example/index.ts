import type { ExampleAccess } from '../../contract/access.ts'
import type { Family } from '../../contract/family.ts'
import bindParameters from './bind-parameters.json' with { type: 'json' }
import { credentials } from './credentials.ts'
import parameters from './parameters.json' with { type: 'json' }

/** A box of key-value pairs. It shows every kind of parameter; its logins are made by the driver's own bind. */
export const family: Family<ExampleAccess> = { name: 'example', parameters, bindParameters, credentials }
