import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { root } from '../support/root.ts'

describe('The SDK for S3', function () {
  this.timeout(60_000)

  it('writes nothing to the console when a client is opened, whatever the version of Node', () => {
    const file = pathToFileURL(join(root, 'src/transport/s3-client.ts')).href
    const code = `
      const { loadSdk, openClient } = await import(${JSON.stringify(file)})
      openClient(await loadSdk(), 'here', { accessKeyId: 'a', secretAccessKey: 'b' }, {})
      process.stdout.write('opened')`
    // As a fresh process has it: nothing here may have asked for silence, or have been warned already.
    const { PATH = '', HOME = '' } = process.env
    const words = ['--import=tsx', '--input-type=module', '--eval', code]
    const { stdout, stderr } = spawnSync(process.execPath, words, {
      cwd: root,
      env: { PATH, HOME },
      encoding: 'utf8'
    })
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'opened', stderr: '' })
  })
})
