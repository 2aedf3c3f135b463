import type { Diagnosis } from '../domain/diagnosis.ts'
import type { Problem } from './problem.ts'

/** A mistake in the catalog files as `portolan doctor` tells it. */
export function diagnoseProblem({ file, line, text }: Problem): Diagnosis {
  return { about: 'catalog', level: 'refused', subject: `${file}:${line}`, text }
}
