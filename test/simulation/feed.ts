import type { OutgoingRecord } from '../../streams/port.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedWorld } from './simulated-log.ts'

/**
 * Produces the input over the first part of a history, as others would: with transactions that stay open for a while, and foreign ones
 * in between that are aborted. Gives what says whether all of it is there.
 */
export function feed(world: SimulatedWorld, scenario: Scenario, random: () => number, untilMs: number): () => boolean {
  const { memory, scheduler, faults } = world
  const transactions = scenario.input(random)
  let pending = transactions.length
  const produce = (index: number, records: readonly OutgoingRecord[]) => {
    const hold = untilMs > 0 && !scenario.isOrdered && random() < 0.3 ? 10 + random() * 200 : 0
    const aborts = untilMs > 0 && !scenario.isOrdered && random() < 0.15
    const id = `outside-${index}`
    if (aborts) {
      const foreign = memory.begin(`${id}-aborted`, memory.fence(`${id}-aborted`))
      foreign.append(records)
      faults.count('foreign transaction aborted')
      scheduler.after(random() * 200, () => foreign.abort())
    }
    const transaction = memory.begin(id, memory.fence(id))
    transaction.append(records)
    if (hold > 0) faults.count('foreign transaction held open')
    const commit = () => {
      transaction.commit()
      pending -= 1
    }
    if (hold > 0) scheduler.after(hold, commit)
    else commit()
  }
  const spanMs = untilMs * 0.9
  for (const [index, records] of transactions.entries()) {
    scheduler.after((index / transactions.length) * spanMs, () => produce(index, records))
  }
  return () => pending === 0
}
