import { join } from 'node:path'
import { packageRoot } from '../../config/package-root.ts'

/** A tsconfig for an adapter from outside: our options, our types under their names, nothing installed beside it. */
export function adapterProject(folder: string) {
  const root = packageRoot()
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: '/',
      noEmit: true,
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        'portolan/contract': [join(root, 'src/contract/index.ts')],
        'portolan/kit': [join(root, 'test/conformance/kit.ts')]
      }
    },
    include: [join(folder, '**/*.ts')],
    exclude: [join(folder, 'node_modules')]
  }
}
