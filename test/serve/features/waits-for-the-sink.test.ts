import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { type RunningFeatureService, tablesIn } from '../../../serve/features/open-feature-service.ts'
import { createStoredOffsets } from '../../../serve/features/stored-offsets.ts'
import { streamTrainingSet } from '../../../serve/features/training-set.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { dataRecord } from '../../streams/support/json-codec.ts'
import { day, view } from './support/rows.ts'
import { serviceOf } from './support/service.ts'

const span = { from: day(1), to: day(101), timeHorizon: '1d' }
const behind = 'FEATURES_HISTORY_BEHIND'
const features = view.topic
/** Behind a hundred records and the end of their transaction. */
const end = 101

/** A log with a hundred records of features and of indicators on both partitions, and how to say what the sink has stored. */
function setUp() {
  const log = new MemoryLog({ partitions: 2 })
  for (const topic of [features, 'indicators']) {
    for (const partition of [0, 1]) {
      log.produce(Array.from({ length: 100 }, (_, at) => dataRecord(topic, partition, 'X', day(at + 1))))
    }
  }
  const commit = async (topic: string, partition: number, offset: number): Promise<void> => {
    const writer = await log.writer('sink-0')
    await writer.fence()
    await writer.commit({ records: [], offsets: { group: 'sink', positions: [{ topic, partition, offset }] } })
  }
  const rows = Array.from({ length: 100 }, (_, offset) => ({ ts: day(offset + 1), offset }))
  const { service } = serviceOf(rows, { stored: createStoredOffsets(log, 2, 100) })
  const asked: string[] = []
  const clickhouse = {
    stream: async (sql: string) => {
      asked.push(sql)
      return Readable.from([])
    },
  }
  const running = { ...service, clickhouse, tables: tablesIn('waits') } as unknown as RunningFeatureService
  return { log, commit, running, asked }
}

describe('a training set', () => {
  test('waits for the bars that its labels are of, and not only for the features', async () => {
    const { commit, running, asked } = setUp()
    await commit(features, 0, end)
    await commit('indicators', 0, 90)
    await expect(streamTrainingSet(running, { symbols: ['AAPL'], ...span })).rejects.toMatchObject({
      code: behind,
      facts: { topic: 'indicators', partition: 0, offset: end - 1 },
    })
    const points = [{ symbol: 'AAPL', asOf: day(95) }]
    await expect(streamTrainingSet(running, { points, timeHorizon: '1d' })).rejects.toMatchObject({ code: behind })
    expect(asked).toEqual([])
    // Partition 1 may be behind: none of the symbols is there.
    const waiting = streamTrainingSet(running, { symbols: ['AAPL'], ...span })
    await commit('indicators', 0, end)
    await waiting
    expect(asked).toHaveLength(1)
  })

  test('waits for features that have been published but not read yet', async () => {
    const { log, commit, running } = setUp()
    log.produce([dataRecord(features, 0, 'AAPL', day(101))])
    await commit(features, 0, end)
    await commit('indicators', 0, end)
    await expect(streamTrainingSet(running, { symbols: ['AAPL'], ...span })).rejects.toMatchObject({
      code: behind,
      facts: { topic: features, partition: 0 },
    })
  })

  test('waits for what there was when it was asked for, not for what comes meanwhile', async () => {
    const { log, commit, running, asked } = setUp()
    await commit(features, 0, end)
    await commit('indicators', 0, 90)
    const waiting = streamTrainingSet(running, { symbols: ['AAPL'], ...span })
    await new Promise((resolve) => setTimeout(resolve, 10))
    log.produce([dataRecord('indicators', 0, 'X', day(101))])
    await commit('indicators', 0, end)
    await waiting
    expect(asked).toHaveLength(1)
  })
})

describe('a history', () => {
  test('of a symbol without a row in memory waits for the end of its partition', async () => {
    const { commit, running } = setUp()
    await commit(features, 0, end)
    await commit(features, 1, end - 1)
    const selection = running.selector.select('core_v1', '1d')
    await running.checkHistory(selection, ['AAPL'], day(101))
    await expect(running.checkHistory(selection, ['AAPL', 'GOOG'], day(101))).rejects.toMatchObject({
      code: behind,
      facts: { topic: features, partition: 1, offset: end - 1 },
    })
    await commit(features, 1, end)
    await running.checkHistory(selection, ['AAPL', 'GOOG'], day(101))
  })
})
