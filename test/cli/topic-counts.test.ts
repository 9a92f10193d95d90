import { expect, test } from '@jest/globals'
import { countTopics } from '../../cli/topic-counts.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { dataRecord, markerRecord } from '../streams/support/json-codec.ts'
import { withLooks } from '../streams/support/watched-looks.ts'

test('all records of a topic are counted, also those of a partition that an answer does not speak of', async () => {
  const log = new MemoryLog({ partitions: 2 })
  log.produce([dataRecord('left', 0, 'k', 1), dataRecord('left', 1, 'k', 2), markerRecord('left', 1, 3)])
  const counts = await countTopics(
    withLooks(log, (look) => (look === 1 ? [] : undefined)),
    ['left'],
    2,
  )
  expect(counts).toEqual([{ topic: 'left', dataRecords: 2, markers: 1 }])
})
