/** One sentence for whoever waits. Never stdout: that belongs to the program. */
export function tell(sentence) {
  process.stderr.write(`portolan: ${sentence}\n`)
}
