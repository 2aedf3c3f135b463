const TIMES = 3
const MOST_FILES = 3

/**
 * Thousands of tests with real servers share the machine with each other. One that fails there is run again, alone: when its file
 * passes three times of three it lacked machine, and is told as such; anything else stays a failure. More than a few files that
 * fail are no lack of machine. What failed is always told, with the last lines of the run, where a log that was cut still has it.
 * Answers how many of the failures are none. Without `run` nothing is run again.
 */
export async function lookAgain(failures, run) {
  if (failures.length === 0) return 0
  const files = [...new Set(failures.map(({ file }) => file))]
  const canRun = run !== undefined && files.length <= MOST_FILES && !files.includes(undefined)
  const passed = canRun && (await passAlone(files, run))
  const times = `${TIMES} times of ${TIMES}`
  tell(passed ? `failed beside the others, passed alone ${times}:` : 'failed:', failures)
  return passed ? failures.length : 0
}

async function passAlone(files, run) {
  for (let time = 1; time <= TIMES; time++) {
    process.stdout.write(`again, alone (${time} of ${TIMES}): ${files.join(' ')}\n`)
    const { code, text, counts } = await run(files, 'kept')
    if (code === 0 && counts.failed === 0 && counts.passed > 0) continue
    process.stdout.write(text)
    return false
  }
  return true
}

function tell(head, failures) {
  process.stdout.write(`\n${head}\n`)
  for (const { title, file, message } of failures) {
    process.stdout.write(
      `  ✖ ${title}\n    ${file ?? 'no file'}: ${message.slice(0, 1000).replaceAll('\n', '\n    ')}\n`
    )
  }
  process.stdout.write('\n')
}
