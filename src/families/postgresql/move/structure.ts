import type { PostgresqlAccess } from '../../../contract/access.ts'
import type { Moving } from '../../../contract/move.ts'
import type { Workspace } from '../../../contract/ports.ts'
import { clientEnvironment } from './client-environment.ts'
import { naming } from './naming.ts'
import type { ClientTools } from './tools.ts'

/** What is dumped and restored before any row, and after. */
export type Section = 'pre-data' | 'post-data'

/** One line of an archive's list. */
export interface Entry {
  readonly line: string
  /** Class and OID of the object at the source: `1259 16390`. Comments have `0 0`. */
  readonly object: string
  /** Kind, schema, name, owner, with spaces between and within: `TABLE shop orders p1`. */
  readonly text: string
}

export interface Structure {
  entries(section: Section): Promise<readonly Entry[]>
  /** Only these entries, in the order that the archive gives them. */
  restore(section: Section, entries: readonly Entry[], jobs?: number): Promise<void>
}

/** Whose they are, who may use them and where they are kept is another matter at the target; large objects are copied as rows are. */
const LEFT_OUT = [
  '--no-owner',
  '--no-privileges',
  '--no-security-labels',
  '--no-tablespaces',
  '--no-subscriptions'
]
const DUMPED = ['--format=custom', '--compress=0', '--no-blobs', '--lock-wait-timeout=60000']

const WHAT: Readonly<Record<Section, string>> = {
  'pre-data': 'the structure',
  'post-data': 'an index, a constraint, a trigger or a rule'
}

/** Two archives without a row in them. */
export async function dumpStructure(
  moving: Moving<PostgresqlAccess>,
  snapshot: string,
  workspace: Workspace,
  { dump, restore }: ClientTools
): Promise<Structure> {
  const from = await clientEnvironment(moving, 'from', workspace, dump)
  const to = await clientEnvironment(moving, 'to', workspace, restore)
  const file = (section: Section) => `${workspace.folder}/${section}`
  const dumped = (section: Section) =>
    workspace
      // Made by us first, so that nobody else can read it for a moment.
      .write(section, '')
      .then((path) =>
        workspace.run(
          dump.program,
          [...LEFT_OUT, ...DUMPED, `--snapshot=${snapshot}`, `--section=${section}`, `--file=${path}`],
          from
        )
      )
  await naming('the structure', Promise.all([dumped('pre-data'), dumped('post-data')]))
  const as = [
    '--no-owner',
    '--no-privileges',
    '--no-tablespaces',
    '--exit-on-error',
    `--role=${moving.to.access.database}`
  ]
  let lists = 0
  return {
    entries: async (section) => entriesIn(await workspace.run(restore.program, ['--list', file(section)])),
    async restore(section, entries, jobs = 1) {
      if (entries.length === 0) return
      lists += 1
      const name = `list-${lists}`
      const list = await workspace.write(name, `${entries.map(({ line }) => line).join('\n')}\n`)
      const args = [...as, `--jobs=${jobs}`, `--use-list=${list}`, `--dbname=${moving.to.access.database}`]
      await naming(WHAT[section], workspace.run(restore.program, [...args, file(section)], to))
      await workspace.remove(name)
    }
  }
}

function entriesIn(list: string): readonly Entry[] {
  return list.split('\n').flatMap((line) => {
    const [, object, text] = /^\d+; (\d+ \d+) (.*)$/.exec(line) ?? []
    return object === undefined || text === undefined ? [] : [{ line, object, text }]
  })
}
