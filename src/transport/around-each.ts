type Methods<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> }

/** The same methods; `way` is asked to do the work of each. */
export function aroundEach<T extends Methods<T>>(
  methods: T,
  way: <Result>(work: () => Promise<Result>) => Promise<Result>
): T {
  const changed = Object.entries<(...given: never[]) => Promise<unknown>>(methods).map(([name, method]) => [
    name,
    (...given: never[]) => way(() => method(...given))
  ])
  return Object.fromEntries(changed) as T
}
