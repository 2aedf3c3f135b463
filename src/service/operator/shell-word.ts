/** As a shell takes it: somebody else may have chosen the name. */
export function shellWord(name: string): string {
  return /^[\w.:@-]*$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`
}
