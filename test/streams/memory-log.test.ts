import { describe, expect, test } from '@jest/globals'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { describeLog } from './conformance/describe-log.ts'
import { partitionCount } from './conformance/log-under-test.ts'
import { type CommitFault, withCommitFaults } from './support/faulty-log.ts'

describeLog(
  'the log in memory',
  async () => {
    const memory = new MemoryLog({ partitions: partitionCount })
    let next: CommitFault
    const log = withCommitFaults(memory, (_id, { records }) => {
      if (records.length === 0) return undefined
      const fault = next
      next = undefined
      return fault
    })
    return {
      log,
      createTopic: async () => undefined,
      deleteBelow: async (where, offset) => memory.deleteBelow(where, offset),
      failNextCommit: (when) => {
        next = when
      },
      close: () => memory.close(),
    }
  },
  { openTransactions: false, timeoutMs: 5_000 },
)

describe('the log in memory, beyond the port', () => {
  const record = { key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 5, headers: {} }

  test('gives topics whose append time it is asked to set that time', () => {
    const log = new MemoryLog({ partitions: 1, appendTime: (topic) => (topic === 'raw' ? 77 : undefined) })
    log.produce([
      { topic: 'raw', partition: 0, ...record },
      { topic: 'derived', partition: 0, ...record },
    ])
    expect(log.recordsOf({ topic: 'raw', partition: 0 })[0]?.timestamp).toBe(77)
    expect(log.recordsOf({ topic: 'derived', partition: 0 })[0]?.timestamp).toBe(5)
  })

  test('has no partition beyond those of its topics', () => {
    const log = new MemoryLog({ partitions: 2, singlePartition: ['loads'] })
    expect(() => log.produce([{ topic: 'tape', partition: 2, ...record }])).toThrow('tape[2] does not exist')
    expect(() => log.produce([{ topic: 'loads', partition: 1, ...record }])).toThrow('loads[1] does not exist')
  })
})
