import { describe, expect, test } from '@jest/globals'
import { BACKFILL_PREFIX, chainTopicId, runTopicId, runTopics } from '../../topics/run-topics.ts'
import { settingsOf } from '../../topics/topic-settings.ts'
import { topicById } from '../../topics/topics.ts'

const runId = `${BACKFILL_PREFIX}0123456789abcdef`

describe('the topics of a run', () => {
  const specs = runTopics(runId)

  test('stand for those of the chain that a backfill writes anew', () => {
    expect(specs.map(({ id }) => chainTopicId(id, runId))).toEqual([
      'tape',
      'indicators',
      'features.core_pack_1d',
      'features.core_pack_1h',
      'scores.raw',
    ])
  })

  test('have names that Kafka takes, one partition, and else what the topics have that they stand for', () => {
    for (const spec of specs) {
      const original = topicById(chainTopicId(spec.id, runId))
      expect(spec.id).toMatch(/^[a-z0-9._-]{1,200}$/)
      expect(spec).toMatchObject({ partitions: 1, records: original.records, epoch: original.epoch })
      expect(settingsOf(spec)).toEqual(settingsOf(original))
    }
  })
})

test('a topic of the chain, or of another run, is its own', () => {
  expect(chainTopicId('indicators', runId)).toBe('indicators')
  expect(chainTopicId(runTopicId('indicators', 'backfill-other'), runId)).toBe('indicators.backfill-other')
})
