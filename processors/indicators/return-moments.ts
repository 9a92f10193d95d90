import { read, windowMean } from './ring.ts'
import type { Slice } from './slice.ts'

/** Places of the moments of a window of log returns from the index that {@link sharedReturnMoments} returns. */
export const RETURN_MOMENTS = {
  mean: 0,
  /** Sums of powers of the distance from the mean. */
  squares: 1,
  cubes: 2,
  fourths: 3,
} as const

/**
 * Index in `bar.shared` of the moments of the last `length` log returns, summed oldest to newest; see {@link RETURN_MOMENTS}.
 * The plan must look back `length` log returns.
 */
export function sharedReturnMoments(slice: Slice, length: number): number {
  const returns = slice.series('logReturn')
  const { offset, mask } = returns
  return slice.shared(`moments of ${length} log returns`, 4, () => (state, { index }, values, at) => {
    const mean = windowMean(state, returns, index, length)
    let squares = 0
    let cubes = 0
    let fourths = 0
    let bar = index - length + 1
    for (; bar < index; bar += 2) {
      const older = read(state, offset + (bar & mask)) - mean
      const newer = read(state, offset + ((bar + 1) & mask)) - mean
      const olderSquare = older * older
      const newerSquare = newer * newer
      squares += olderSquare
      cubes += olderSquare * older
      fourths += olderSquare * olderSquare
      squares += newerSquare
      cubes += newerSquare * newer
      fourths += newerSquare * newerSquare
    }
    if (bar === index) {
      const distance = read(state, offset + (bar & mask)) - mean
      const square = distance * distance
      squares += square
      cubes += square * distance
      fourths += square * square
    }
    values[at + RETURN_MOMENTS.mean] = mean
    values[at + RETURN_MOMENTS.squares] = squares
    values[at + RETURN_MOMENTS.cubes] = cubes
    values[at + RETURN_MOMENTS.fourths] = fourths
  })
}
