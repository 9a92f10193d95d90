import { expect, test } from '@jest/globals'
import { settingsOf } from '../../topics/topic-settings.ts'
import { topicById, topics } from '../../topics/topics.ts'

test('no two topics have the same id', () => {
  expect(new Set(topics.map(({ id }) => id)).size).toBe(topics.length)
})

test('ids are names that Kafka takes', () => {
  expect(topics.filter(({ id }) => !/^[a-z0-9._-]{1,200}$/.test(id))).toEqual([])
})

test('a topic that carries several records names its subjects by record', () => {
  const several = topics.filter(({ records }) => records.length > 1)
  expect(several.filter(({ subjects }) => subjects !== 'topic-record')).toEqual([])
})

test('markers are kept in no table', () => {
  const markers = topics.flatMap(({ records }) => records).filter(({ name }) => name === 'barline.Marker')
  expect(markers.filter(({ table }) => table !== undefined)).toEqual([])
})

test('a compacted topic has no retention of history', () => {
  expect(settingsOf(topicById('snapshots.engine')).map(({ name }) => name)).toEqual([
    'cleanup.policy',
    'message.timestamp.type',
    'segment.bytes',
    'compression.type',
    'max.message.bytes',
  ])
})

test('a raw topic is stored in a form that every client can read, a derived one takes records ahead of the clock', () => {
  const named = (id: string) => new Map(settingsOf(topicById(id)).map(({ name, value }) => [name, value]))
  expect(named('market.bars').get('compression.type')).toBe('uncompressed')
  expect(named('tape').get('message.timestamp.after.max.ms')).toBe('9223372036854775807')
})

test('an id that is not in the list throws', () => {
  expect(() => topicById('nowhere')).toThrow(RangeError)
})
