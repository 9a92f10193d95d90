/** What was measured of one thing, in milliseconds. */
export type Timing = { readonly what: string; readonly calls: number; readonly p50: number; readonly p99: number }

/** Times `calls` calls, one after the other, after `warmUp` that are not counted. `before` runs ahead of each, untimed. */
export async function timed(
  what: string,
  calls: number,
  call: (at: number) => Promise<unknown>,
  { warmUp = 50, before = () => {} }: { readonly warmUp?: number; readonly before?: () => void } = {},
): Promise<Timing> {
  const times: number[] = []
  for (let at = -warmUp; at < calls; at += 1) {
    before()
    const startedAt = performance.now()
    await call(Math.max(at, 0))
    if (at >= 0) times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const quantile = (part: number) => Number((times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(3))
  return { what, calls, p50: quantile(0.5), p99: quantile(0.99) }
}
