/** Where programs of the machine are looked for; all that a program we run gets of our own environment. */
export function searchPath(): string {
  // oxlint-disable-next-line node/no-process-env -- what the shell that started us would find, and no setting of ours
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
}
