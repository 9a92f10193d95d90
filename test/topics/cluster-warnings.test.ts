import { describe, expect, test } from '@jest/globals'
import { clusterWarnings } from '../../topics/cluster-warnings.ts'
import type { TopicDescription } from '../../topics/topic-admin.ts'

const days = (count: number) => String(count * 24 * 60)
const broker = (id: number, minutes: string) => ({ id, settings: { 'offsets.retention.minutes': minutes } })
const threeBrokers = [1, 2, 3].map((id) => broker(id, days(30)))
const topic = (name: string, copies: number, inSync: string): TopicDescription => ({
  name,
  partitions: 1,
  copies,
  settings: { 'min.insync.replicas': inSync },
})

describe('positions that are forgotten too soon', () => {
  test('are warned of with the brokers and for how long they keep them', () => {
    const [warning, ...others] = clusterWarnings([broker(1, days(30)), broker(2, days(7)), broker(3, '90')], [])
    expect(warning).toContain('offsets.retention.minutes is 10080 (7 days), 90 (0.1 days) on broker 2, 3')
    expect(warning).toContain('Set it to 43200 (30 days) or more')
    expect(others).toEqual([])
  })

  test('are not of 30 days, nor of for ever', () => {
    expect(clusterWarnings([broker(1, days(30)), broker(2, '2147483647')], [])).toEqual([])
  })

  test('are warned of where a broker does not tell', () => {
    const [warning] = clusterWarnings([broker(1, days(30)), { id: 2, settings: {} }], [])
    expect(warning).toContain('do not tell offsets.retention.minutes')
  })
})

describe('copies', () => {
  test('are enough from three on, of which two confirm', () => {
    expect(clusterWarnings(threeBrokers, [topic('tape', 3, '2'), topic('scores', 2, '1')])).toEqual([])
  })

  test('are too few where a topic has one on a cluster of three', () => {
    const [warning] = clusterWarnings(threeBrokers, [topic('tape', 1, '1'), topic('scores', 3, '2')])
    expect(warning).toMatch(/^topic tape has one copy on a cluster of 3 brokers: .*BARLINE_REPLICATION=3/)
  })

  test('are not more than one where there are no three brokers', () => {
    expect(clusterWarnings(threeBrokers.slice(1), [topic('tape', 1, '1')])).toEqual([])
  })

  test('are of no use where one of three confirms', () => {
    const [warning] = clusterWarnings(threeBrokers, [topic('tape', 3, '1'), topic('scores', 3, '1')])
    expect(warning).toMatch(/^2 topics have, tape among them, min\.insync\.replicas=1/)
  })
})
