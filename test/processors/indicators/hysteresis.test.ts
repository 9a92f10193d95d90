import { describe, expect, it } from '@jest/globals'
import {
  confirmation,
  edgesParam,
  hysteresis,
  latch,
  type StateMachine,
  stateAge,
} from '../../../processors/indicators/hysteresis.ts'
import { createLayout } from '../../../processors/indicators/layout.ts'
import type { Slice } from '../../../processors/indicators/slice.ts'
import { sliceOf } from './slices.ts'

const nothing = Number.NaN

function codes(build: (slice: Slice) => StateMachine, inputs: readonly number[]): number[] {
  const layout = createLayout()
  const machine = build(sliceOf(layout))
  const state = new Float64Array(layout.length)
  return inputs.map((input) => machine(state, input))
}

describe('hysteresis', () => {
  const between = (slice: Slice) => hysteresis(slice, 'code', [0.3, 0.8], 0.05)

  it('starts with the plain count of edges passed', () => {
    expect(codes(between, [0.29])).toEqual([0])
    expect(codes(between, [0.3])).toEqual([1])
    expect(codes(between, [0.8])).toEqual([2])
  })

  it('crosses an edge upwards at edge + h and downwards below edge - h', () => {
    expect(codes(between, [0.1, 0.34, 0.35, 0.26, 0.25, 0.24])).toEqual([0, 0, 1, 1, 1, 0])
  })

  it('crosses several edges at once', () => {
    expect(codes(between, [0.1, 0.9, 0.1])).toEqual([0, 2, 0])
  })

  it('stays as it was over a gap, where it gives nothing', () => {
    expect(codes(between, [nothing, 0.32, nothing, 0.28])).toEqual([nothing, 1, nothing, 1])
  })

  it('takes edges that ascend, and as many as there are', () => {
    expect(edgesParam(2).safeParse([0.3, 0.8]).success).toBe(true)
    expect(edgesParam(2).safeParse([0.8, 0.3]).success).toBe(false)
    expect(edgesParam(2).safeParse([0.3]).success).toBe(false)
  })
})

describe('confirmation', () => {
  const twice = (slice: Slice) => confirmation(slice, 'code', 2)

  it('adopts a candidate once it has held for k bars in a row, the first one too', () => {
    expect(codes(twice, [1, 0, 0, 1, 0, -1, -1])).toEqual([nothing, nothing, 0, 0, 0, 0, -1])
  })

  it('adopts at once where k is 1', () => {
    expect(codes((slice) => confirmation(slice, 'code', 1), [0, 2, -2])).toEqual([0, 2, -2])
  })

  it('does not count a gap', () => {
    expect(codes(twice, [1, nothing, 1, 2, nothing, 2])).toEqual([nothing, nothing, 1, 1, nothing, 2])
  })
})

describe('latch', () => {
  it('is on from its upper threshold until below its lower one', () => {
    expect(codes((slice) => latch(slice, 'on', 25, 20), [24, 25, 20, nothing, 19.9, 24])).toEqual([
      0,
      1,
      1,
      nothing,
      0,
      0,
    ])
  })
})

describe('stateAge', () => {
  it('counts bars since the code last changed', () => {
    expect(codes((slice) => stateAge(slice, 'age'), [nothing, 0, 0, 0, 1, 1, 0])).toEqual([nothing, 0, 1, 2, 0, 1, 0])
  })
})
