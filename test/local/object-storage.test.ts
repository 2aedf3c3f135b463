import { expect } from 'chai'
import { textAt } from '../../src/contract/read.ts'
import { accountSecretOf, clusterIdOf, keyringOf } from '../../src/local/ceph-keys.ts'
import { NEEDED } from '../../src/local/found-programs.ts'
import { lookAtLocalProviders, lookForExtras } from '../../src/local/look.ts'
import type { LocalProviders } from '../../src/local/providers.ts'
import { readRecord } from '../../src/local/record.ts'
import { type DataFolder, removeDataFolders, usedDataFolder } from './data-folder.ts'
import { programFolder } from './program-folder.ts'

const ALL = NEEDED['object-storage'].programs

describe('Object storage of the local providers', function () {
  this.timeout(60_000)
  let folder: DataFolder
  let providers: LocalProviders | undefined

  beforeEach(async () => {
    folder = await usedDataFolder()
  })
  afterEach(async () => {
    await providers?.stop()
    await removeDataFolders()
  })

  const offered = () => providers?.extras.map(({ name, extra }) => `${name} ${extra}`)

  it('is nothing that anybody gets who did not ask for it', async () => {
    const programFolders = [programFolder(ALL)]
    providers = await folder.start({ programFolders })
    expect([offered(), providers.troubles]).to.deep.equal([[], []])
    expect(Object.keys(readRecord(folder.dataDir)?.servers ?? {})).to.deep.equal(['berlin', 'paris'])
    expect(
      lookAtLocalProviders(folder.dataDir, { folders: programFolders, objectStorage: false }).extras
    ).to.deep.equal([])
  })

  it('is one server for both, with an account for each', async () => {
    providers = await folder.start({ programFolders: [programFolder(ALL)], objectStorage: true })
    expect(offered()).to.deep.equal(['berlin object-storage', 'paris object-storage'])
    const [berlin, paris] = providers.extras.map(({ settings }) => settings)
    expect(berlin?.['endpoint']).to.equal(paris?.['endpoint'])
    expect([berlin, paris].map((each) => textAt(each ?? {}, 'accessKeyId'))).to.deep.equal([
      'berlin',
      'paris'
    ])
    expect(berlin?.['secretAccessKey']).not.to.equal(paris?.['secretAccessKey'])
    expect(providers.rests('berlin', 'object-storage')).to.equal(true)
  })

  it('that is asked for and whose programs are missing keeps nobody else from starting, and is told', async () => {
    const programFolders = [programFolder(ALL.filter((each) => each !== 'ceph-osd'))]
    providers = await folder.start({ programFolders, objectStorage: true })
    expect(offered()).to.deep.equal([])
    expect(providers.troubles.join('\n'))
      .to.include('The object storage of berlin and paris cannot run, because')
      .and.include('apt-get install radosgw ceph-mon ceph-osd')
  })

  it('is told apart: to be had, to be had after an installation, and asked for in vain', () => {
    const [full, empty] = [[programFolder(ALL)], [programFolder([])]]
    const sight = (folders: readonly string[], objectStorage: boolean) =>
      lookForExtras({ folders, objectStorage }).find(({ title }) => title === 'object storage')
    expect(sight(full, true)).to.include({ state: 'offered' })
    expect(sight(full, false)).to.deep.include({
      state: 'absent',
      remedy: 'write local: { objectStorage: true } into portolan.yaml and start again'
    })
    const install =
      "install the packages radosgw, ceph-mon, and ceph-osd (Debian's names; apt-get install radosgw ceph-mon ceph-osd)"
    expect(sight(empty, false)).to.deep.include({
      state: 'absent',
      remedy: `write local: { objectStorage: true } into portolan.yaml, ${install}, and start again`
    })
    expect(sight(empty, true)).to.deep.include({ state: 'demanded', remedy: `${install} and start again` })
  })

  it('has keys that all follow from one password, each another', () => {
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/
    expect(clusterIdOf('one'))
      .to.match(uuid)
      .and.to.equal(clusterIdOf('one'))
      .and.not.to.equal(clusterIdOf('other'))
    expect(accountSecretOf('one', 'berlin'))
      .to.match(/^[\w-]{43}$/)
      .and.not.to.equal(accountSecretOf('one', 'paris'))
    const keys = [...keyringOf('one', ['mon.', 'osd.0', 'client.rgw']).matchAll(/key = (\S+)/g)].map(
      ([, key]) => key
    )
    expect(new Set(keys).size).to.equal(3)
    for (const key of keys) expect(Buffer.from(key ?? '', 'base64').length).to.equal(28)
  })
})
