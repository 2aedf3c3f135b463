import { lockData } from '../../src/local/lock.ts'

// One of many that want the same lock at once; keeps it until it is killed.
const attempt = lockData(process.argv[2] as string)
process.stdout.write(`${attempt.state}\n`)
setInterval(() => undefined, 60_000)
