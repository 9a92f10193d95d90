import { registerIndicatorContract } from './indicator-contract.ts'
import { indicatorRows } from './side-engine.ts'
import { indicatorDependencies, createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { it, expect } from '@jest/globals'
import { afterSplit, candles, run, stepOne } from './candles.ts'
const ids = 'sr_zone_v1 drawdown_episode_v1 breakout_episode_v1 squeeze_episode_v1 trend_run_episode_v1 vol_burst_episode_v1 range_episode_v1 gap_episode_v1 regime_prob_v1 regime_cluster_id_v1 candle_cluster_id_v1 candle_embedding_v1 ret_path_vec_v1 haar_energy_vec_v1 volume_profile_vec_v1 state_onehot_vec_v1'.split(' ')
const needed = new Set(ids)
for (const id of needed) for (const d of indicatorDependencies(indicatorRows.find((r) => r.id === id) as never)) needed.add(d)
const rows = indicatorRows.filter((r) => needed.has(r.id))
for (const id of ids) registerIndicatorContract(rows.find((r) => r.id === id) as never, rows)
const engine = createIndicatorEngine(rows)
const own = engine.columns.flatMap((c, i) => (ids.includes(c.indicatorId) ? [i] : []))
const outs = new Map(rows.flatMap((r) => r.outputs.map((o) => [`${r.id}.${o.name}`, o] as const)))
const name = (i: number) => engine.columns[i]?.name ?? ''
const same = (a: Float64Array[], b: Float64Array[]) => { const bad = new Set<string>(); a.forEach((r, t) => { for (const i of own) if (!Object.is(r[i], b[t]?.[i])) bad.add(name(i)) }); return [...bad] }
for (const seed of [1, 2, 3, 4, 5, 6]) {
  const bars = candles({ seed, length: 1500, flat: seed % 3 === 0 ? 0.95 : 0.1, silent: 0.2 })
  for (const factor of [0.5, 2, 4]) it(`long split ${seed} ${factor}`, () => {
    for (const cut of [0, 7, 300, 777, 1200]) {
      const st = engine.createState(); run(engine, bars.slice(0, cut), st); engine.rescale(st, factor)
      expect(same(run(engine, afterSplit(bars.slice(cut), factor), st), run(engine, afterSplit(bars, factor)).slice(cut))).toEqual([])
    }
  })
  it(`long restored, look-ahead, range, nulls ${seed}`, () => {
    const whole = run(engine, bars)
    for (const cut of [5, 400, 1100]) {
      const st = engine.createState(); const past = run(engine, bars.slice(0, cut), st)
      expect(same(past, whole.slice(0, cut))).toEqual([])
      expect(same(run(createIndicatorEngine(rows), bars.slice(cut), new Float64Array(st)), whole.slice(cut))).toEqual([])
    }
    const problems = new Set<string>()
    const late: Record<string, number> = {}
    whole.forEach((r, t) => { for (const i of own) { const v = r[i] as number; const o = outs.get(name(i)) as { min: number | null; max: number | null }
      const warm = (rows.find((x) => x.id === engine.columns[i]?.indicatorId)?.warmupBars ?? 1) - 1
      if (Number.isNaN(v)) { if (t >= warm) late[name(i)] = (late[name(i)] ?? 0) + 1; continue }
      if (t < warm) problems.add(`early ${name(i)}`)
      if (!Number.isFinite(v) || (o.min !== null && v < o.min) || (o.max !== null && v > o.max)) problems.add(`${name(i)} ${v}`) } })
    expect([...problems]).toEqual([])
    // sides together
    const c = (n: string) => engine.columns.findIndex((x) => x.name === n)
    for (const side of ['support', 'resistance']) whole.forEach((r) => { const cells = [`distance_to_nearest_${side}`, `${side}_width`, `${side}_touches`, `${side}_age`, `${side}_strength`].map((n) => Number.isNaN(r[c(`sr_zone_v1.${n}`)])); expect(new Set(cells).size).toBe(1) })
    process.stderr.write(`${seed} ${JSON.stringify(late)}\n`)
  })
}
it('restores interleaved', () => { const a = candles({ seed: 9, length: 900, flat: 0, silent: 0 }), b = candles({ seed: 10, length: 900, flat: 0.3, silent: 0 }); const sa = engine.createState(), sb = engine.createState(); const st = a.map((x, i) => { stepOne(engine, sb, b[i] as never, '1h'); return stepOne(engine, sa, x) }); expect(same(st, run(engine, a))).toEqual([]) })
