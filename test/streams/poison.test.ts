import { describe, expect, test } from '@jest/globals'
import { PoisonMemory } from '../../streams/poison.ts'
import { ProcessingError } from '../../streams/runner.ts'
import { decodedInput } from './support/decoded.ts'

describe('the memory of poison', () => {
  const bad = decodedInput('tape', 1, 7)
  const failure = () => new ProcessingError(bad, new TypeError('x is undefined'))

  test('gives a record three attempts, then words for its dead letter', () => {
    const memory = new PoisonMemory()
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(memory.note(failure())).toBe(true)
      expect(memory.verdictOn(bad)).toBeUndefined()
    }
    memory.note(failure())
    expect(memory.verdictOn(bad)).toBe('tape[1]@7 could not be processed: TypeError: x is undefined')
  })

  test('tells records apart by topic, partition and offset', () => {
    const memory = new PoisonMemory()
    for (let attempt = 1; attempt <= 3; attempt += 1) memory.note(failure())
    for (const other of [decodedInput('tape', 1, 8), decodedInput('tape', 0, 7), decodedInput('clock', 1, 7)]) {
      expect(memory.verdictOn(other)).toBeUndefined()
    }
  })

  test('takes no note of errors that name no record', () => {
    expect(new PoisonMemory().note(new Error('the broker is gone'))).toBe(false)
  })
})
