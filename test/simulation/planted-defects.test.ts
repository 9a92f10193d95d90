import { describe, expect, test } from '@jest/globals'
import { isRetriable } from '../../streams/errors.ts'
import type { Log } from '../../streams/port.ts'
import { withWriters } from '../streams/support/faulty-log.ts'
import { type HistoryOptions, runHistory } from './history.ts'
import type { Scenario } from './scenario.ts'
import { counting, countingDefinition } from './small-scenarios.ts'

/** Each defect as it would be made: in what the workers see of the log, or in a processor. */
type Defect = { readonly name: string; readonly scenario?: Scenario; readonly seen?: HistoryOptions['seen'] }

let writers = 0

/** A state that has lost the newest record of the key that was counted last. */
function forgetful(counts: Map<string, number>): Map<string, number> {
  const last = [...counts].at(-1)
  if (last) counts.set(last[0], last[1] - 1)
  return counts
}

const defects: readonly Defect[] = [
  {
    name: 'a skipped offset commit',
    seen: (log: Log) => {
      let commits = 0
      return withWriters(log, (_id, writer) => ({
        ...writer,
        commit: ({ records, offsets }) => {
          commits += 1
          const isSkipped = commits % 7 === 0 && records.length > 0
          return writer.commit(offsets && !isSkipped ? { records, offsets } : { records })
        },
      }))
    },
  },
  {
    name: 'output committed outside of the transaction of its offsets',
    seen: (log: Log) =>
      withWriters(log, (_id, writer) => ({
        ...writer,
        commit: async ({ records, offsets }) => {
          if (records.length > 0) await writer.commit({ records })
          if (offsets) await writer.commit({ records: [], offsets })
        },
      })),
  },
  { name: 'a restore that forgets the last record', scenario: counting(countingDefinition(forgetful)) },
  {
    name: 'no fence at opening',
    seen: (log: Log): Log => ({
      ...withWriters(log, (_id, writer) => writer),
      // An id of its own shuts nobody out.
      writer: (id) => {
        writers += 1
        return log.writer(`${id}-${writers}`)
      },
    }),
  },
  {
    name: 'a commit tried again that may have taken effect',
    seen: (log: Log) =>
      withWriters(log, (id, writer) => ({
        ...writer,
        commit: async (content) => {
          try {
            await writer.commit(content)
          } catch (error) {
            if (isRetriable(error) !== true || content.records.length === 0) throw error
            const another = await log.writer(id)
            await another.fence()
            await another.commit(content)
            throw error
          }
        },
      })),
  },
]

const histories = 150

describe('the simulation finds', () => {
  test.each(defects)(
    '$name',
    async ({ scenario = counting(), seen }) => {
      const found: string[] = []
      for (let seed = 1; seed <= histories && found.length === 0; seed += 1) {
        const { problems } = await runHistory(scenario, seed, seen ? { seen } : {})
        if (problems.some((problem) => problem.includes('first difference'))) found.push(...problems)
      }
      expect(found.join()).toMatch(/records written, .* expected; the first difference is record/)
    },
    240_000,
  )
})
