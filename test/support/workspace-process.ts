import { workspacePort } from '../../src/transport/workspace.ts'

/** A process that works in a workspace until it is killed: tells its folder, and runs the program it is told. */
process.once(
  'message',
  ({ workFolder, program, args }: { workFolder: string; program: string; args: string[] }) => {
    const { signal } = new AbortController()
    void workspacePort({ signal, workFolder })(async (workspace) => {
      await workspace.write('pass', 'secret')
      process.send?.(workspace.folder)
      await workspace.run(program, args)
    })
  }
)
