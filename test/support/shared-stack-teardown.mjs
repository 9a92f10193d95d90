/** Jest global teardown: stops the embedded stack of the run, if a test has started it. */
export default async function teardown() {
  await globalThis.stopSharedStack?.()
}
