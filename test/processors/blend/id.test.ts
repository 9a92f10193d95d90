import { expect, test } from '@jest/globals'
import { scoreId } from '../../../processors/id.ts'

test('a score id is the sha256 of the JSON array of its key', () => {
  // printf '["m","1","AAA","1d",86400000,"live"]' | sha256sum
  expect(scoreId('m', '1', 'AAA', '1d', 86_400_000, 'live')).toBe(
    'e2f8781a7edf0178efcc2829c242f762d0de3989120f840eea1a8f92d6cd40ff',
  )
})

test('keys whose parts run together have different ids', () => {
  const ids = [
    scoreId('m', '1', 'AAA', '1d', 1, 'live'),
    scoreId('m1', '', 'AAA', '1d', 1, 'live'),
    scoreId('m","1', '', 'AAA', '1d', 1, 'live'),
    scoreId('m', '1', 'AAA', '1d', 11, 'ive'),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})
