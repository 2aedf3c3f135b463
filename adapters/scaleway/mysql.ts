import { engineNamed } from './engine.ts'

export const mysql = engineNamed('MySQL', '[0-9]+', (entry) => ({ kind: 'mysql', ...entry }))
