import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { loadMarket } from '../../../cli/market.ts'
import { noiseKinds } from './noise.ts'
import { type LoadStep, planSteadyLoad } from './plan.ts'

const dir = mkdtempSync(join(tmpdir(), 'barline-plan-'))
const codec = createOfflineCodec()
const market = loadMarket()
const partitions = 2

const plan = (seed: number): Promise<LoadStep[]> =>
  planSteadyLoad({ seed, historySessions: 12, steadySessions: 60, dir, codec, market, partitions, noiseShare: 0.6 })

let steps: LoadStep[]

beforeAll(async () => {
  steps = await plan(3)
}, 60_000)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const bytesOf = (all: readonly LoadStep[]) =>
  all.map(({ records }) =>
    records.map(({ topic, partition, value }) => `${topic}/${partition} ${value.toString('base64')}`),
  )

test('a load is the same for the same seed, and another for another', async () => {
  expect(bytesOf(await plan(3))).toEqual(bytesOf(steps))
  expect(bytesOf(await plan(4))).not.toEqual(bytesOf(steps))
}, 60_000)

test('it has records of every raw topic, and begins with history', () => {
  const topics = new Set(steps.flatMap(({ records }) => records.map(({ topic }) => topic)))
  expect([...topics].sort()).toEqual([
    'clock',
    'market.bars',
    'market.events',
    'market.fundamentals',
    'market.macro',
    'market.portfolio',
    'market.quotes',
  ])
  expect(steps[0]?.isSteady).toBe(false)
  expect(steps.filter(({ isSteady }) => isSteady).length).toBeGreaterThan(100)
})

test('it can end behind many of its steps: there the clock has passed all bars', () => {
  const ends = steps.filter(({ isEnd }) => isEnd)
  expect(ends.length).toBeGreaterThan(50)
  for (const { records, noise } of ends) {
    expect(records[records.length - noise.length - 1]?.topic).toBe('clock')
  }
})

test('it has every kind of noise, behind the bars of its step and only there', () => {
  const noise = steps.flatMap((step) => step.noise)
  expect(new Set(noise.map(({ kind }) => kind))).toEqual(new Set(noiseKinds))
  expect(noise.some(({ unstorable }) => unstorable)).toBe(true)
  for (const step of steps) {
    expect(step.records.slice(step.records.length - step.noise.length)).toEqual(step.noise.map(({ record }) => record))
  }
})

test('it has a symbol with a hundred times as many bars as the others in its hours', () => {
  const bars = (symbol: string, step: LoadStep) =>
    step.records.filter(({ topic, key }) => topic === 'market.bars' && key.toString('utf8') === symbol).length
  const hot = steps.map((step) => bars('HOT', step))
  expect(Math.max(...hot)).toBeGreaterThanOrEqual(59)
})
