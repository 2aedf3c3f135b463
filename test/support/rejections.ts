/**
 * A rejection that nobody handles ends the broker (Node's default), so it fails the test that runs then: mocha alone hands it on to
 * whoever listens, and that is nobody.
 */
process.on('unhandledRejection', (reason) => {
  throw reason instanceof Error ? reason : new Error(`unhandled rejection: ${String(reason)}`)
})
