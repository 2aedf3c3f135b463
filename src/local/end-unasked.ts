import { join } from 'node:path'
import { CEPH_ENDING } from './ceph.ts'
import { isAsked, NEEDED } from './found-programs.ts'
import { GROUPS, type Group, isKept } from './groups.ts'
import type { Memory } from './memory.ts'
import { stopServer } from './stop-server.ts'

/** What nobody asks for any more ends, should it have outlived its broker, and keeps what it holds. Answers sentences about that. */
export async function endUnasked(memory: Memory, objectStorage: boolean): Promise<readonly string[]> {
  const left = GROUPS.filter((group) => !isAsked(group.extra, objectStorage) && isKept(group, memory.record))
  for (const name of left.flatMap(({ servers }) => servers.toReversed()))
    await stopServer(join(memory.place.folder, name), CEPH_ENDING)
  return left.map(sentence)
}

function sentence({ extra, names }: Group): string {
  const whose = `The ${NEEDED[extra].title} of ${names.join(' and ')}`
  return `${whose} keeps what it holds and does not run, because portolan.yaml does not ask for it any more (local: { objectStorage: true }).`
}
