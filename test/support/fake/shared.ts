/** One fake for all suites of a test process: started by the first who asks, stopped after the last. */
export function shared<Fake extends { stop(): Promise<void> }>(
  start: () => Promise<Fake>
): () => Promise<Fake> {
  let started: Promise<Fake> | undefined
  // Registered when a test file is loaded, outside every suite: runs once, after everything.
  if (typeof after === 'function') after(async () => (await started)?.stop())
  return () => {
    started ??= start()
    return started
  }
}
