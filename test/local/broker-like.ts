import { startLocalProviders } from '../../src/local/providers.ts'

// A process that treats the local servers as the broker does; tests kill it. `argv`: data folder, fallback folder, folders of
// programs.
const [, , dataDir, fallbackFolder, ...programFolders] = process.argv as [string, string, string, string]
const providers = await startLocalProviders({ dataDir, fallbackFolder, programFolders, log: () => undefined })
process.on('SIGTERM', () => void providers.stop().then(() => process.exit(0)))
setInterval(() => undefined, 60_000)
process.stdout.write(`${JSON.stringify({ isOwner: providers.isOwner, settings: providers.settings })}\n`)
