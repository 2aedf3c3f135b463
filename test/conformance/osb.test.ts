import { describeOsb } from './osb.ts'

for (const store of ['sqlite', 'postgres'] as const) describeOsb(store)
