import { TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import { PRICE, rescaleSlots, VOLUME } from '../indicators/dimension.ts'
import { read } from '../indicators/ring.ts'
import type { ClosedBar } from './closed-bar.ts'

// A timeframe's slots: its newest closed bar, whether that one arrived ready-made, and its open bucket.
const NEWEST = 0
const IS_READY_MADE = 7
const BUCKET = 8
const IS_PARTIAL = 15
const SIZE = 16

// A bar within the slots: times, prices, volume. No bar: the close time is NaN.
const TS_OPEN = 0
const TS = 1
const OPEN = 2
const HIGH = 3
const LOW = 4
const CLOSE = 5
const VOLUME_TRADED = 6
const PRICES = 4

/** Version of what the slots mean; a change of it must raise it. */
export const TIMEFRAME_SLOTS_VERSION = 1

/** The slots of one symbol that has no bar on any timeframe. A snapshot is a copy of the array. */
export function createTimeframeSlots(): Float64Array {
  return new Float64Array(TIMEFRAMES.length * SIZE).fill(Number.NaN)
}

/** Close of the newest bar of a timeframe (by its place in `TIMEFRAMES`), NaN before the first. */
export function newestTs(slots: Float64Array, at: number): number {
  return read(slots, at * SIZE + NEWEST + TS)
}

/** Whether `bar` has the prices and the volume of the newest bar of its timeframe. */
export function equalsNewest(slots: Float64Array, at: number, bar: ClosedBar): boolean {
  const newest = readBar(slots, at * SIZE + NEWEST, bar.timeframe)
  return (
    newest.open === bar.open &&
    newest.high === bar.high &&
    newest.low === bar.low &&
    newest.close === bar.close &&
    newest.volume === bar.volume
  )
}

/** Makes `bar` the newest of its timeframe. */
export function putNewest(slots: Float64Array, at: number, bar: ClosedBar, isReadyMade: boolean): void {
  writeBar(slots, at * SIZE + NEWEST, bar)
  slots[at * SIZE + IS_READY_MADE] = isReadyMade ? 1 : 0
}

/** Whether the newest bar of the timeframe arrived ready-made. */
export function isNewestReadyMade(slots: Float64Array, at: number): boolean {
  return slots[at * SIZE + IS_READY_MADE] === 1
}

/** Close of the open bucket of a timeframe, NaN when none is open. */
export function bucketClose(slots: Float64Array, at: number): number {
  return read(slots, at * SIZE + BUCKET + TS)
}

/** Open of the open bucket of a timeframe, NaN when none is open. */
export function bucketOpens(slots: Float64Array, at: number): number {
  return Number.isNaN(bucketClose(slots, at)) ? Number.NaN : read(slots, at * SIZE + BUCKET + TS_OPEN)
}

/** Opens a bucket with its first bar. `isPartial`: what was traded before that bar is not known. */
export function openBucket(slots: Float64Array, at: number, first: ClosedBar, isPartial: boolean): void {
  writeBar(slots, at * SIZE + BUCKET, first)
  slots[at * SIZE + IS_PARTIAL] = isPartial ? 1 : 0
}

/** Adds a bar to the open bucket. */
export function addToBucket(slots: Float64Array, at: number, { high, low, close, volume }: ClosedBar): void {
  const bucket = at * SIZE + BUCKET
  slots[bucket + HIGH] = Math.max(read(slots, bucket + HIGH), high)
  slots[bucket + LOW] = Math.min(read(slots, bucket + LOW), low)
  slots[bucket + CLOSE] = close
  slots[bucket + VOLUME_TRADED] = read(slots, bucket + VOLUME_TRADED) + volume
}

/** Forgets the open bucket and gives its bar; undefined when it was partial. */
export function takeBucket(slots: Float64Array, at: number, timeframe: Timeframe): ClosedBar | undefined {
  const bar = slots[at * SIZE + IS_PARTIAL] === 1 ? undefined : readBar(slots, at * SIZE + BUCKET, timeframe)
  slots[at * SIZE + BUCKET + TS] = Number.NaN
  return bar
}

/** Brings all slots into the units after a split. `splitFactor` = new shares per old. */
export function rescaleTimeframeSlots(slots: Float64Array, splitFactor: number): void {
  for (let at = 0; at < TIMEFRAMES.length; at += 1) {
    for (const bar of [at * SIZE + NEWEST, at * SIZE + BUCKET]) {
      rescaleSlots(slots, bar + OPEN, PRICES, PRICE, splitFactor)
      rescaleSlots(slots, bar + VOLUME_TRADED, 1, VOLUME, splitFactor)
    }
  }
}

function writeBar(slots: Float64Array, offset: number, bar: ClosedBar): void {
  slots[offset + TS_OPEN] = bar.ts_open
  slots[offset + TS] = bar.ts
  slots[offset + OPEN] = bar.open
  slots[offset + HIGH] = bar.high
  slots[offset + LOW] = bar.low
  slots[offset + CLOSE] = bar.close
  slots[offset + VOLUME_TRADED] = bar.volume
}

function readBar(slots: Float64Array, offset: number, timeframe: Timeframe): ClosedBar {
  return {
    timeframe,
    ts_open: read(slots, offset + TS_OPEN),
    ts: read(slots, offset + TS),
    open: read(slots, offset + OPEN),
    high: read(slots, offset + HIGH),
    low: read(slots, offset + LOW),
    close: read(slots, offset + CLOSE),
    volume: read(slots, offset + VOLUME_TRADED),
  }
}
