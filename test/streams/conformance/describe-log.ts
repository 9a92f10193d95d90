import { afterAll, beforeAll, describe } from '@jest/globals'
import type { LogUnderTest } from './log-under-test.ts'
import { LogWorld } from './log-world.ts'
import { describeMembership } from './membership.ts'
import { describeOpenTransactions } from './open-transactions.ts'
import { describePositions } from './positions.ts'
import { describeReading } from './reading.ts'
import { describeTransactions } from './transactions.ts'

/**
 * What the runtime relies on, whatever the log is made of. `openTransactions`: whether transactions can stay open on it, so that
 * the promises about those can be kept or broken at all.
 */
export function describeLog(
  name: string,
  open: () => Promise<LogUnderTest>,
  { openTransactions, timeoutMs }: { openTransactions: boolean; timeoutMs: number },
): void {
  describe(name, () => {
    const world = new LogWorld()
    beforeAll(() => world.open(open), timeoutMs)
    afterAll(() => world.close(), timeoutMs)
    describeReading(world, timeoutMs)
    describeTransactions(world, timeoutMs)
    describePositions(world, timeoutMs)
    describeMembership(world, timeoutMs)
    if (openTransactions) describeOpenTransactions(world, timeoutMs)
  })
}
