import { describe, expect, it } from '@jest/globals'
import { candles } from './candles.ts'
import { foldSide, type SideBar, sideEngine } from './side-engine.ts'

const engine = sideEngine('market_resid_v1')
const benchmark = candles({ seed: 11, length: 200, flat: 0, silent: 0 }).map(({ close }) => close)
const own = candles({ seed: 12, length: 200, flat: 0, silent: 0 })

function withBenchmark(closes: readonly (number | undefined)[]): SideBar[] {
  return own.map((bar, index) => {
    const close = closes[index]
    return close === undefined ? bar : { ...bar, side: { 'benchmark.close': close } }
  })
}

/** Simple returns from one bar with both closes to the next. */
function pairsUntil(closes: readonly (number | undefined)[], bar: number): { own: number; market: number }[] {
  const common = closes.flatMap((market, index) =>
    market === undefined || index > bar ? [] : [{ market, own: own[index]?.close ?? Number.NaN }],
  )
  return common.slice(1).map((now, index) => {
    const before = common[index] ?? now
    return { own: now.own / before.own - 1, market: now.market / before.market - 1 }
  })
}

/** Least squares by the normal equations, another way than the deviations that the indicators use. */
function regression(pairs: readonly { own: number; market: number }[]) {
  const n = pairs.length
  const sum = (of: (pair: { own: number; market: number }) => number) =>
    pairs.reduce((total, pair) => total + of(pair), 0)
  const [x, y] = [sum(({ market }) => market), sum(({ own }) => own)]
  const [xx, yy] = [sum(({ market }) => market * market), sum(({ own }) => own * own)]
  const xy = sum(({ own, market }) => own * market)
  const beta = (n * xy - x * y) / (n * xx - x * x)
  const a = (y - beta * x) / n
  const residuals = sum(({ own, market }) => (own - a - beta * market) ** 2)
  return {
    beta,
    corr: (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y)),
    idio: Math.sqrt(residuals / (n - 2)) * Math.sqrt(252),
    alpha: 252 * a,
  }
}

describe('beta_market_60 and market_resid_v1', () => {
  it('are the regression of the last 60 pairs of simple returns', () => {
    const values = foldSide(engine, withBenchmark(benchmark))
    expect(values['beta_market_60.value']?.findIndex(Number.isFinite)).toBe(60)
    for (const bar of [60, 61, 130, 199]) {
      const expected = regression(pairsUntil(benchmark, bar).slice(-60))
      expect(values['beta_market_60.value']?.[bar]).toBeCloseTo(expected.beta, 9)
      expect(values['market_resid_v1.corr_60']?.[bar]).toBeCloseTo(expected.corr, 9)
      expect(values['market_resid_v1.idio_vol_60']?.[bar]).toBeCloseTo(expected.idio, 9)
      expect(values['market_resid_v1.alpha_60']?.[bar]).toBeCloseTo(expected.alpha, 9)
    }
  })

  it('are none on a bar without a close of the benchmark, whose move goes into the next pair', () => {
    const holes = benchmark.map((close, index) => (index % 9 === 4 ? undefined : close))
    const values = foldSide(engine, withBenchmark(holes))
    const beta = values['beta_market_60.value'] ?? []
    expect(holes.map((close, index) => close === undefined && !Number.isNaN(beta[index]))).not.toContain(true)
    const expected = regression(pairsUntil(holes, 140).slice(-60))
    expect(pairsUntil(holes, 140).length).toBeGreaterThan(60)
    expect(beta[140]).toBeCloseTo(expected.beta, 9)
    expect(values['market_resid_v1.corr_60']?.[140]).toBeCloseTo(expected.corr, 9)
  })

  it('are 0, 0 and the symbol alone while the benchmark does not move', () => {
    const values = foldSide(engine, withBenchmark(benchmark.map(() => 100)))
    const last = pairsUntil(benchmark, 199).slice(-60)
    const mean = last.reduce((total, pair) => total + pair.own, 0) / 60
    expect(values['beta_market_60.value']?.[199]).toBe(0)
    expect(values['market_resid_v1.corr_60']?.[199]).toBe(0)
    expect(values['market_resid_v1.alpha_60']?.[199]).toBeCloseTo(252 * mean, 9)
    const spread = last.reduce((total, pair) => total + (pair.own - mean) ** 2, 0)
    expect(values['market_resid_v1.idio_vol_60']?.[199]).toBeCloseTo(Math.sqrt(spread / 58) * Math.sqrt(252), 9)
  })

  it('of a symbol that is its own benchmark are 1, 1 and 0', () => {
    const values = foldSide(engine, withBenchmark(own.map(({ close }) => close)))
    expect(values['beta_market_60.value']?.[199]).toBe(1)
    expect(values['market_resid_v1.corr_60']?.[199]).toBeCloseTo(1, 12)
    expect(values['market_resid_v1.corr_60']?.[199]).toBeLessThanOrEqual(1)
    expect(values['market_resid_v1.idio_vol_60']?.[199]).toBe(0)
  })
})
