import { describe, expect, it } from '@jest/globals'
import { readBars } from '../../data/shipped-bars.ts'
import { run } from './candles.ts'
import { type PlayedBar, play } from './played.ts'
import { sideEngine } from './side-engine.ts'

const none = Number.NaN

describe('regime_cluster_id_v1', () => {
  /** A bar whose coordinates are these three; the catalog's centroids are in the same units. */
  const at = ([trend, volatility, drawdown]: readonly [number, number, number]): PlayedBar => ({
    given: {
      'trend_mtf_v1.score': trend,
      'vol_regime_state_v1.pctrank': (volatility + 1) / 2,
      'dd_trailing_252.value': ((drawdown - 1) / 2) * 0.2,
    },
  })
  const bullCalm = [0.7, -0.6, 0.9] as const
  const sidewaysCalm = [0, -0.5, 0.6] as const
  const regime = (...points: readonly (readonly [number, number, number])[]) =>
    play('regime_cluster_id_v1', points.map(at), 309)

  it.each([
    [0, bullCalm],
    [1, [0.6, 0.5, 0.6]],
    [2, sidewaysCalm],
    [3, [0, 0.6, 0.2]],
    [4, [-0.6, 0.1, -0.2]],
    [5, [-0.7, 0.9, -0.8]],
  ] as const)('is %i on its centroid, at distance 0 and with the margin of certainty', (id, point) => {
    const { regime_cluster_id, distance, margin, age } = regime(point)
    expect(regime_cluster_id).toEqual([id])
    expect(distance?.[0]).toBeCloseTo(0, 12)
    expect(margin?.[0]).toBeCloseTo(1, 12)
    expect(age).toEqual([0])
  })

  it('measures the distance to the current centroid, and the margin from the two nearest', () => {
    const { distance, margin } = regime([0.6, -0.6, 0.9])
    expect(distance?.[0]).toBeCloseTo(0.1, 12)
    expect(margin?.[0]).toBeCloseTo(1 - 0.1 / Math.hypot(0.6, 0.1, 0.3), 12)
  })

  it('switches at once to a centroid that is much nearer', () => {
    const { regime_cluster_id, age } = regime(bullCalm, bullCalm, sidewaysCalm)
    expect(regime_cluster_id).toEqual([0, 0, 2])
    expect(age).toEqual([0, 1, 0])
  })

  it('switches to a centroid that is a little nearer only when it has been nearest for three bars in a row', () => {
    const nearSideways = [0.34, -0.55, 0.75] as const
    const { regime_cluster_id, distance } = regime(
      bullCalm,
      nearSideways,
      nearSideways,
      bullCalm,
      ...Array(3).fill(nearSideways),
    )
    expect(regime_cluster_id).toEqual([0, 0, 0, 0, 0, 0, 2])
    expect(distance?.[1]).toBeCloseTo(Math.hypot(0.36, 0.05, 0.15), 12)
    expect(distance?.[6]).toBeCloseTo(Math.hypot(0.34, 0.05, 0.15), 12)
  })

  it('counts a drawdown beyond 20 % as one of 20 %', () => {
    const deep = at([-0.7, 0.9, -0.8])
    const deeper = { given: { ...deep.given, 'dd_trailing_252.value': -0.6 } }
    const { distance } = play('regime_cluster_id_v1', [deep, deeper], 309)
    expect(distance?.[1]).toBeCloseTo(0.2, 12)
  })

  it('is not known, and waits, on a bar on which one of the three is not', () => {
    const { regime_cluster_id, age } = regime(bullCalm, [none, -0.6, 0.9], bullCalm)
    expect(regime_cluster_id).toEqual([0, none, 0])
    expect(age).toEqual([0, none, 1])
  })
})

describe('regime_prob_v1', () => {
  it('is the filtered probability of the turbulent state, with its entropy in bits', () => {
    const closes = [100]
    for (let bar = 1; bar <= 252; bar += 1) closes.push((closes.at(-1) ?? 0) * Math.exp(bar % 2 === 0 ? 0.01 : -0.01))
    const { p_turbulent, entropy } = play(
      'regime_prob_v1',
      closes.map((close) => ({ close })),
    )
    const density = (z: number, mean: number, deviation: number) =>
      Math.exp(-(((z - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI))
    const next = (p: number, z: number) => {
      const calm = (0.98 * (1 - p) + 0.05 * p) * density(z, 0.05, 0.6)
      const turbulent = (0.02 * (1 - p) + 0.95 * p) * density(z, -0.05, 1.6)
      return turbulent / (calm + turbulent)
    }
    const first = next(0.3, 1)
    expect(p_turbulent?.slice(0, 250)).toEqual(Array.from({ length: 250 }, () => none))
    expect(p_turbulent?.[250]).toBeCloseTo(first, 9)
    expect(p_turbulent?.[251]).toBeCloseTo(next(first, -1), 9)
    expect(entropy?.[250]).toBeCloseTo(-(first * Math.log2(first) + (1 - first) * Math.log2(1 - first)), 9)
  })

  it('learns nothing where nothing moves: the first probability stays', () => {
    const { p_turbulent } = play(
      'regime_prob_v1',
      Array.from({ length: 260 }, () => ({ close: 100 })),
    )
    expect(p_turbulent?.slice(250)).toEqual(Array.from({ length: 10 }, () => 0.3))
  })
})

describe('on the shipped bars', () => {
  it('every regime occurs, and both a calm and a turbulent market', () => {
    const engine = sideEngine('regime_cluster_id_v1', 'regime_prob_v1')
    const column = (name: string) => engine.columns.findIndex((candidate) => candidate.name === name)
    const rows = [...readBars('us-index_1d.csv.gz').values()].flatMap((bars) => run(engine, bars))
    const regimes = new Set(rows.map((row) => row[column('regime_cluster_id_v1.regime_cluster_id')]))
    expect([...regimes].filter((id) => !Number.isNaN(id)).sort()).toEqual([0, 1, 2, 3, 4, 5])
    const turbulent = rows
      .map((row) => row[column('regime_prob_v1.p_turbulent')] ?? none)
      .filter((p) => !Number.isNaN(p))
    expect(Math.min(...turbulent)).toBeLessThan(0.02)
    expect(Math.max(...turbulent)).toBeGreaterThan(0.999)
  })
})
