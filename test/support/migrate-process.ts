import { migrate } from '../../src/store/migrate.ts'
import { openDatabase, type StoreAddress } from '../../src/store/open.ts'

/** A process that migrates the store it is told, answers what it did, and ends. */
process.once('message', (address: StoreAddress) => void answer(address))

async function answer(address: StoreAddress): Promise<void> {
  const database = await openDatabase(address)
  const done = await migrate(database)
  await database.close()
  process.send?.(done, () => process.disconnect())
}
