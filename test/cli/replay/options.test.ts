import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../../cli/config.ts'
import { parseOptions, type ReplayCommand } from '../../../cli/replay/options.ts'
import { replayConfig } from '../../../cli/replay/place.ts'
import { topics } from '../../../topics/topics.ts'

const command: ReplayCommand = { into: 'r', speed: 'max', workers: '1' }

describe('the options of a replay', () => {
  test('are the whole tape, at full speed, by one worker, into tables too, when nothing is said', () => {
    expect(parseOptions(command)).toEqual({
      request: { name: 'r', fromTs: null, toTs: null, symbols: [], hasTables: true },
      barsPerSecond: undefined,
      workers: 1,
      batch: undefined,
    })
  })

  test('are read from text', () => {
    const options = parseOptions({
      ...command,
      from: '2013-03-01',
      to: '2013-03-02T12:00:00Z',
      symbols: 'AAPL, MSFT,',
      speed: '12.5 bars/s',
      workers: '4',
      batch: '37',
      tables: false,
    })
    expect(options).toEqual({
      request: {
        name: 'r',
        fromTs: Date.UTC(2013, 2, 1),
        toTs: Date.UTC(2013, 2, 2, 12),
        symbols: ['AAPL', 'MSFT'],
        hasTables: false,
      },
      barsPerSecond: 12.5,
      workers: 4,
      batch: 37,
    })
  })

  test.each<[string, Partial<ReplayCommand>, string]>([
    ['a speed in words', { speed: 'fast' }, '--speed is max or bars a second'],
    ['a speed of nothing', { speed: '0' }, '--speed is max or bars a second'],
    ['no workers', { workers: '0' }, '--workers is a number of 1 or more'],
    ['half a record', { batch: '0.5' }, '--batch is a number of 1 or more'],
    ['a range the wrong way round', { from: '2013-03-02', to: '2013-03-01' }, '--from is after --to'],
    ['a day that is none', { from: '2013-02-30' }, '--from "2013-02-30'],
  ])('are refused with the name of the wrong one: %s', (_, wrong, message) => {
    expect(() => parseOptions({ ...command, ...wrong })).toThrow(message)
  })
})

describe('the place of a replay', () => {
  const config = readConfig({ BARLINE_RUN_ID: 'live' })

  test('is a prefix and a database of its own, under the run that is repeated', () => {
    const { topicPrefix, clickhouse, runId } = replayConfig(config, 'march-2013')
    expect({ topicPrefix, database: clickhouse.database, runId }).toEqual({
      topicPrefix: 'replay-march-2013.',
      database: 'barline_replay_march_2013',
      runId: 'live',
    })
  })

  test('is behind the prefix of its installation', () => {
    const other = readConfig({ BARLINE_TOPIC_PREFIX: 'test.' })
    expect(replayConfig(other, 'r').topicPrefix).toBe('test-replay-r.')
  })

  test('is where no topic of the installation is, whatever the name', () => {
    for (const { id } of topics) {
      const first = id.split('.')[0] ?? ''
      if (/^[a-z][a-z0-9-]*$/.test(first)) expect(id.startsWith(replayConfig(config, first).topicPrefix)).toBe(false)
    }
  })

  test.each(['', 'March', 'a.b', '1st', 'x'.repeat(41), 'a b'])('is refused for the name %j', (name) => {
    expect(() => replayConfig(config, name)).toThrow('A replay cannot be named')
  })
})
