import type { Bar } from './bar.ts'

/** Typical price: (H + L + C) / 3. Unit: price. */
export function typicalPrice(bar: Bar): number {
  return (bar.high + bar.low + bar.close) / 3
}
