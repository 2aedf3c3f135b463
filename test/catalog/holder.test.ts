import { expect } from 'chai'
import { type CatalogHolder, type HolderOptions, openCatalog } from '../../src/catalog/holder.ts'
import { CatalogError, type Problem } from '../../src/catalog/problem.ts'
import type { OpenWatcher } from '../../src/catalog/watch.ts'
import { type CatalogFolder, catalogFolder } from '../support/catalog-folder.ts'
import { planNamed } from '../support/example-catalog.ts'
import { fakeRegistry } from '../support/fake-registry.ts'
import { platformSeeing } from '../support/platform.ts'

const SERVICE = 'services/postgresql.yaml'
const PLANS = 'providers/berlin/postgresql.yaml'

/** A watcher that a test pulls by hand. */
function byHand(): {
  readonly watcher: OpenWatcher
  change(): void
  followed: readonly string[]
  closed: boolean
} {
  const hand = {
    change: (): void => {},
    followed: [] as readonly string[],
    closed: false,
    watcher: ((changed) => {
      hand.change = changed
      return {
        follow: (folders) => {
          hand.followed = folders
        },
        close: () => {
          hand.closed = true
        }
      }
    }) satisfies OpenWatcher
  }
  return hand
}

describe('The catalog while the broker runs', () => {
  let folder: CatalogFolder
  let holder: CatalogHolder | undefined

  beforeEach(async () => {
    folder = await catalogFolder()
  })

  afterEach(async () => {
    holder?.close()
    await folder.delete()
  })

  async function open(options: Partial<HolderOptions> = {}): Promise<CatalogHolder> {
    holder = await openCatalog({
      folders: [folder.path],
      ...fakeRegistry(),
      watcher: byHand().watcher,
      ...options
    })
    return holder
  }

  it('refuses to start from broken files', async () => {
    await folder.change(SERVICE, 'family: postgresql', 'family: none')

    const error = await open().catch((each: unknown) => each)

    expect(error).to.be.instanceOf(CatalogError)
  })

  it('C-18 has other bytes and another ETag after a change, and the same ones without', async () => {
    const opened = await open()
    const platform = platformSeeing()
    const before = opened.bytesFor(platform)
    await opened.reload()
    expect(opened.bytesFor(platform).etag).to.equal(before.etag)

    await folder.change(PLANS, 'displayName: Berlin, small', 'displayName: Berlin, tiny')
    expect(await opened.reload()).to.deep.equal([])

    expect(opened.bytesFor(platform).etag).to.not.equal(before.etag)
    expect(opened.bytesFor(platform).identity.toString()).to.contain('Berlin, tiny')
  })

  it('stays as it was when a file is broken, and says so until it is mended', async () => {
    const told: (readonly Problem[])[] = []
    const opened = await open({ onProblems: (problems) => told.push(problems) })
    const before = opened.current()

    await folder.change(SERVICE, 'family: postgresql', 'family: none')
    await opened.reload()

    const problem = { file: `${folder.path}/${SERVICE}`, line: 5, text: 'family none is not known' }
    expect(opened.current()).to.equal(before)
    expect(opened.problems()).to.deep.equal([problem])
    expect(told).to.deep.equal([[problem]])

    await folder.change(SERVICE, 'family: none', 'family: postgresql')
    await opened.reload()

    expect(opened.problems()).to.deep.equal([])
    expect(opened.current()).to.not.equal(before)
  })

  it('stays as it was when the folder goes away', async () => {
    const opened = await open()
    await folder.remove('.')

    await opened.reload()

    expect(opened.problems()).to.not.have.length(0)
    expect(planNamed(opened.current(), 'berlin-small').name).to.equal('berlin-small')
  })

  it('goes on reloading after a listener threw', async () => {
    const opened = await open({
      onProblems: () => {
        throw new Error('a listener')
      }
    })
    await folder.change(SERVICE, 'family: postgresql', 'family: none')
    await opened.reload().catch(() => {})
    await folder.change(SERVICE, 'family: none', 'family: postgresql')

    expect(await opened.reload()).to.deep.equal([])
  })

  it('reloads when the watcher says that something changed, and follows new folders', async () => {
    const hand = byHand()
    const changed = new Promise<void>((resolve) => {
      void open({ watcher: hand.watcher, onChange: () => resolve() }).then(async () => {
        await folder.remove(PLANS)
        await folder.write('providers/oslo/readme.txt', 'soon')
        hand.change()
      })
    })

    await changed

    expect(hand.followed).to.include(`${folder.path}/providers/oslo`)
    expect(holder?.current().offerings[0]?.plans.map(({ name }) => name)).to.deep.equal([
      'paris-small',
      'paris-medium'
    ])
  })

  it('closes its watcher', async () => {
    const hand = byHand()
    const opened = await open({ watcher: hand.watcher })

    opened.close()

    expect(hand.closed).to.equal(true)
  })
})
