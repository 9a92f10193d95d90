import type { Addresses } from '../../cli/addresses.ts'

/** Longest time for the start of the stack: on a fresh machine its parts are fetched first. */
export const stackStartMs = 10 * 60_000

/** The embedded stack of this Jest run; the first caller has it started. */
export async function sharedStack(): Promise<Addresses> {
  const url = process.env.BARLINE_TEST_STACK
  if (!url)
    throw new Error('BARLINE_TEST_STACK is not set: test/support/shared-stack-setup.mjs is not Jest’s globalSetup')
  const answer = await fetch(url, { signal: AbortSignal.timeout(stackStartMs) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return JSON.parse(text) as Addresses
}
