/** Milliseconds since 1970 as people and programs read them: ISO 8601, UTC. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** An optional time as an optional property. */
export function times<K extends string>(
  values: { readonly [N in K]: number | undefined }
): {
  readonly [N in K]?: string
} {
  const given = Object.entries<number | undefined>(values).flatMap(([name, ms]) =>
    ms === undefined ? [] : [[name, timeOf(ms)] as const]
  )
  return Object.fromEntries(given) as { [N in K]?: string }
}
