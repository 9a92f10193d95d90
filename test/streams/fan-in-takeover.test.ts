import { expect, test } from '@jest/globals'
import type { Log, Membership } from '../../streams/port.ts'
import { withWriters } from './support/faulty-log.ts'
import { contentOf, filledLog, isCaughtUp, runToEnd, testWorker } from './support/run-workers.ts'
import { fanInDefinition } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const seed = 31
const recordsPerPartition = 60
const limits = { records: 3, intervalMs: 1 }
const snapshots = { records: 10, minIntervalMs: 0, maxIntervalMs: 1e9, restFactor: 0 }

/** A log whose user stands still at a commit once `standsStill` says so, until it is woken; and that its group can be made to drop. */
function standingStill(log: Log, standsStill: () => boolean) {
  let wake: () => void = () => undefined
  const asleep = new Promise<void>((resolve) => {
    wake = resolve
  })
  let isAsleep = false
  let membership: Membership | undefined
  const seen: Log = {
    ...withWriters(log, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      async commit(content) {
        if (standsStill()) {
          isAsleep = true
          await asleep
        }
        await writer.commit(content)
      },
    })),
    membership(group, topics, mode) {
      membership = log.membership(group, topics, mode)
      return membership
    },
  }
  return { seen, wake, isAsleep: () => isAsleep, drop: () => membership?.stop() }
}

test('who stands by takes over all partitions from a snapshot, and who held them is fenced when it wakes', async () => {
  const undisturbed = filledLog(seed, recordsPerPartition)
  await runToEnd(undisturbed, [testWorker({ definition: fanInDefinition, log: undisturbed })], fanInDefinition)

  const memory = filledLog(seed, recordsPerPartition)
  const heard: { who: string; event: string; details: Record<string, unknown> }[] = []
  const listener = (who: string) => (event: string, details: Record<string, unknown>) => {
    heard.push({ who, event, details })
  }
  const of = (who: string, event: string) => heard.filter((each) => each.who === who && each.event === event)
  const holder = standingStill(memory, () => of('holder', 'snapshot').length > 1)
  const options = { definition: fanInDefinition, limits, snapshots }
  const first = testWorker({ ...options, log: holder.seen, onEvent: listener('holder') })
  const second = testWorker({ ...options, log: memory, onEvent: listener('standby') })
  await first.start()
  await second.start()
  try {
    await waitUntil('the holder to stand still', holder.isAsleep)
    expect(of('standby', 'assigned').map(({ details }) => details.partitions)).toEqual([[]])
    await holder.drop()
    await waitUntil('the standby to take over', () => of('standby', 'restored').length > 0)
    holder.wake()
    await waitUntil('the holder to be fenced', () => of('holder', 'task-failed').length > 0)
    await waitUntil('the end', () => isCaughtUp(memory, fanInDefinition))
  } finally {
    await Promise.all([first.stop(), second.stop()])
  }
  expect(of('standby', 'restored')[0]?.details).toMatchObject({ task: 'breadth-all', source: 'snapshot' })
  expect(of('holder', 'task-failed')[0]?.details).toMatchObject({ task: 'breadth-all', code: 'FENCED' })
  expect(contentOf(memory, 'merged')).toEqual(contentOf(undisturbed, 'merged'))
})
