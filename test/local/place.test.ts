import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { findBinaries, symbolicLinks } from '../../src/local/binaries.ts'
import { LocalServerError } from '../../src/local/local-server-error.ts'
import { processAt } from '../../src/local/processes.ts'
import { readRecord } from '../../src/local/record.ts'
import { canReach, chooseUser } from '../../src/local/user.ts'
import { withClient } from '../support/postgres-server.ts'
import { accessOf, newDataFolder, removeDataFolders } from './data-folder.ts'

const isRoot = process.getuid?.() === 0

describe('where the local servers live, and as whom', function () {
  this.timeout(60_000)
  afterEach(removeDataFolders)

  it('they run as ourselves unless we are root', () => {
    expect(chooseUser([tmpdir()], 1000)).to.equal(undefined)
  })

  it('they run as nobody when every folder is root’s or absent', () => {
    const user = chooseUser(['/', '/does/not/exist'], 0)
    expect(user?.uid).to.be.greaterThan(0)
    expect(user?.gid).to.be.greaterThan(0)
  })

  it('a user cannot reach what lies below a folder closed to others', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portolan-reach-')))
    const stranger = { uid: 54_321, gid: 54_321 }
    expect(canReach(join(folder, 'below'), stranger)).to.equal(false)
    chmodSync(folder, 0o711)
    expect(canReach(join(folder, 'below'), stranger)).to.equal(true)
    expect(canReach(join(folder, 'below'), undefined)).to.equal(true)
    rmSync(folder, { recursive: true })
  })

  it('they stay below the data folder when their user can go there', async () => {
    const folder = newDataFolder()
    await folder.start()
    expect(readRecord(folder.dataDir)?.folder).to.equal(undefined)
    expect(existsSync(join(folder.dataDir, 'local', 'berlin', 'PG_VERSION'))).to.equal(true)
  })

  it('they run from a copy with all symbolic links when the package has none', async () => {
    const folder = newDataFolder()
    const root = join(dirname(folder.dataDir), 'package')
    const packaged = findBinaries()
    mkdirSync(root)
    cpSync(join(packaged.root, '..', 'package.json'), join(root, 'package.json'))
    cpSync(packaged.root, join(root, 'native'), { recursive: true, filter: (path) => !path.endsWith('.a') })
    for (const { target } of symbolicLinks(packaged)) rmSync(join(root, 'native', target), { force: true })
    await folder.start({ resolve: () => join(root, 'dist', 'index.js') })
    const copy = join(folder.dataDir, 'local', `postgresql-${packaged.version}`, 'bin', 'postgres')
    expect(processAt(folder.pidOf('berlin'))?.program).to.equal(copy)
  })

  if (isRoot) {
    it('root: they go elsewhere when the data folder is closed to their user, and are found there again', async () => {
      const folder = newDataFolder({ isReachable: false })
      const first = await folder.start()
      const recorded = readRecord(folder.dataDir)?.folder
      expect(recorded).to.match(new RegExp(`^${folder.fallbackFolder}/[0-9a-f]{16}$`))
      expect(statSync(folder.dataDir).mode & 0o777).to.equal(0o700)
      await withClient(accessOf(first.settings.paris), (client) => client.query('CREATE DATABASE kept'))
      await first.stop()
      const second = await folder.start()
      expect(readRecord(folder.dataDir)?.folder).to.equal(recorded)
      await withClient(accessOf(second.settings.paris, 'kept'), (client) => client.query('SELECT 1'))
    })

    it('root: they run as the data folder’s owner, who may start them later without root', async () => {
      const folder = newDataFolder()
      const { uid, gid } = anyAccount()
      chownSync(folder.dataDir, uid, gid)
      chmodSync(folder.dataDir, 0o700)
      await folder.start()
      expect(statSync(`/proc/${folder.pidOf('berlin')}`).uid).to.equal(uid)
      for (const path of [
        'local.json',
        'local',
        'local/berlin',
        'local/berlin.log',
        'local/postgresql.conf'
      ]) {
        expect(statSync(join(folder.dataDir, path)).uid, path).to.equal(uid)
      }
    })

    it('root: a data folder whose owner has no account is served by nobody', () => {
      const folder = newDataFolder()
      chownSync(folder.dataDir, 3_000_000, 3_000_000)
      expect(chooseUser([folder.dataDir])).to.deep.equal(chooseUser([]))
    })

    it('root: a link in the place of the servers’ folder is not followed', async () => {
      const folder = newDataFolder()
      const target = join(folder.dataDir, 'target')
      mkdirSync(target)
      symlinkSync(target, join(folder.dataDir, 'local'))
      const error = await folder.start().catch((reason: Error) => reason)
      expect(error).to.be.instanceOf(LocalServerError).and.include({ kind: 'permission' })
      expect(readdirSync(target)).to.deep.equal([])
    })
  } else {
    it('not root: their processes and files are ours', async () => {
      const folder = newDataFolder({ isReachable: false })
      await folder.start()
      expect(statSync(`/proc/${folder.pidOf('berlin')}`).uid).to.equal(process.getuid?.())
      expect(readRecord(folder.dataDir)?.folder).to.equal(undefined)
    })
  }
})

function anyAccount(): { uid: number; gid: number } {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':').slice(2, 4).map(Number))
  const [uid, gid] = accounts.find(([user = 0, group = 0]) => user > 0 && group > 0 && user < 65_000) as [
    number,
    number
  ]
  return { uid, gid }
}
