import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { describeLog } from '../streams/conformance/describe-log.ts'
import { type LogUnderTest, partitionCount } from '../streams/conformance/log-under-test.ts'
import { Faults } from './faults.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedLog } from './simulated-log.ts'

const plan = { seed: 1, failing: 0, latencyMs: 3, slow: 0.05, untilMs: Number.POSITIVE_INFINITY }

/** The log as a simulated process sees it, in time that goes on as soon as everybody waits for it. */
async function openSubject(): Promise<LogUnderTest> {
  const memory = new MemoryLog({ partitions: partitionCount })
  const scheduler = new Scheduler()
  const faults = new Faults(plan, () => scheduler.now)
  const log = new SimulatedLog({ memory, scheduler, faults }, { name: 'suite', isAlive: true, stalledUntil: 0 })
  const timer = setInterval(() => void scheduler.run(() => false, Number.POSITIVE_INFINITY), 1)
  return {
    log,
    createTopic: async () => undefined,
    deleteBelow: async (where, offset) => memory.deleteBelow(where, offset),
    failNextCommit: (when) => faults.failNextCommit(when),
    outsideProducer: async (transactionalId) => {
      const epoch = memory.fence(transactionalId)
      const begin = () => memory.begin(transactionalId, epoch)
      let transaction: ReturnType<typeof begin> | undefined
      return {
        send: async (records) => {
          transaction ??= begin()
          transaction.append(records)
        },
        commit: async () => {
          transaction?.commit()
          transaction = undefined
        },
        abort: async () => {
          transaction?.abort()
          transaction = undefined
        },
      }
    },
    close: async () => clearInterval(timer),
  }
}

describeLog('the simulated log', openSubject, { openTransactions: true, timeoutMs: 20_000 })
