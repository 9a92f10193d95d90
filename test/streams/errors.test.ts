import { describe, expect, test } from '@jest/globals'
import {
  DataLossError,
  FencedError,
  InputWithoutOffsetError,
  isRetriable,
  LogUnavailableError,
  PartitionCountError,
  StateLostError,
} from '../../streams/errors.ts'
import { ProcessingError } from '../../streams/runner.ts'
import { decodedInput } from './support/decoded.ts'

const where = { topic: 'tape', partition: 3 }

describe('errors of the runtime', () => {
  test.each([
    { error: new DataLossError(where, 5, 9), code: 'DATA_LOSS', retriable: false },
    { error: new StateLostError('engine', 'tape[3]@5 is gone'), code: 'STATE_LOST', retriable: false },
    { error: new InputWithoutOffsetError('engine', [where]), code: 'INPUT_WITHOUT_OFFSET', retriable: false },
    { error: new PartitionCountError('engine', [0, 4], 4), code: 'PARTITION_COUNT', retriable: false },
    { error: new FencedError('engine-3', undefined), code: 'FENCED', retriable: true },
    { error: new LogUnavailableError('Reading', new Error('x')), code: 'LOG_UNAVAILABLE', retriable: true },
    { error: new ProcessingError(decodedInput('tape', 3, 1), 'x'), code: 'PROCESSING_FAILED', retriable: true },
  ])('$code carries its code and its verdict', ({ error, code, retriable }) => {
    expect(error).toMatchObject({ code, retriable })
    expect(isRetriable(error)).toBe(retriable)
  })

  test('data loss names the place, what was wanted and what is kept', () => {
    expect(new DataLossError(where, 5, 9).message).toMatch(
      /^tape\[3\] cannot be read at offset 5: the oldest record kept is 9\./,
    )
    expect(new DataLossError(where, 5, undefined).message).toContain('the broker refuses that offset')
  })

  test('an input without a position is named with the command that gives it one', () => {
    const { message } = new InputWithoutOffsetError('features', [where, { topic: 'clock', partition: 0 }])
    expect(message).toContain('none for tape[3], clock[0]')
    expect(message).toContain('barline topics adopt')
  })

  test('an unavailable log says what was being done and why it failed', () => {
    expect(new LogUnavailableError('Reading the log', new Error('no leader')).message).toBe(
      'Reading the log failed: no leader',
    )
    expect(new LogUnavailableError('Reading the log', 'gone').message).toBe('Reading the log failed: gone')
  })

  test.each([undefined, null, 'text', new Error('x'), { retriable: 'yes' }])('nothing is said of %p', (error) => {
    expect(isRetriable(error)).toBeUndefined()
  })
})
