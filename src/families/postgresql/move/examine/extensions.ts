import { finding, type Group } from './look.ts'

/** What the tenant's objects come from, and whether the target lets a tenant make it. */
export const extensions: Group = async ({ inside, target }) => {
  if (target === undefined) return []
  const used = await inside.query(
    `-- look for extensions
     SELECT extname AS name, extversion AS version FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname`
  )
  const names = used.map((row) => String(row['name']))
  if (names.length === 0) return []
  const available = await target.outside.query(
    `-- look for extensions
     SELECT v.name, v.version, v.trusted OR NOT v.superuser OR me.rolsuper AS allowed, v.version = a.default_version AS usual
     FROM pg_available_extension_versions v JOIN pg_available_extensions a USING (name), pg_roles me
     WHERE v.name = ANY ($1::text[]) AND me.rolname = current_user`,
    [names]
  )
  return used.flatMap((row) => {
    const [name, version] = [String(row['name']), String(row['version'])]
    const there = available.filter((each) => each['name'] === name)
    const usual = there.find((each) => each['usual'] === true) ?? there[0]
    const subject = `extension ${name}`
    if (usual === undefined) {
      return [
        finding(
          'extension-unavailable',
          'blocking',
          subject,
          'The target does not have it.',
          `a provider that offers it, or DROP EXTENSION ${name}`
        )
      ]
    }
    const found = []
    if (!there.some((each) => each['allowed'] === true)) {
      const text = 'At the target only a superuser may make it, and the broker is none.'
      const remedy = `there, as superuser: trusted = true in the control file of ${name}`
      found.push(finding('extension-unavailable', 'blocking', subject, text, remedy))
    }
    if (!there.some((each) => each['version'] === version)) {
      const text = `The source has version ${version}; the target would have ${String(usual['version'])}.`
      found.push(finding('extension-version', 'warning', subject, text))
    }
    return found
  })
}
