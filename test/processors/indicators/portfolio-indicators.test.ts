import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { foldSide, type SideBar, sideEngine } from './side-engine.ts'

const NOTHING = Number.NaN
type Known = Partial<Record<SideField, number>>
const bars = (known: readonly Known[]): SideBar[] => known.map((side) => ({ side }))

describe('exposure', () => {
  const snapshot = (age: number, equity: number): Known => ({
    'portfolio.age_sessions': age,
    'portfolio.equity': equity,
    'portfolio.gross_notional': 300,
    'portfolio.net_notional': -100,
  })

  it('is notional over equity, none for equity of 0 or less and a snapshot older than a session', () => {
    const known = [{}, snapshot(0, 200), snapshot(1, 400), snapshot(2, 400), snapshot(0, 0), snapshot(0, -5)]
    const values = foldSide(sideEngine('gross_exposure', 'net_exposure'), bars(known))
    expect(values['gross_exposure.value']).toEqual([NOTHING, 1.5, 0.75, NOTHING, NOTHING, NOTHING])
    expect(values['net_exposure.value']).toEqual([NOTHING, -0.5, -0.25, NOTHING, NOTHING, NOTHING])
  })
})

describe('concentration_idx_v1', () => {
  it('is that of the snapshot', () => {
    const known = [{}, { 'portfolio.hhi': 0.625, 'portfolio.top_weight': 0.75 }]
    const values = foldSide(sideEngine('concentration_idx_v1'), bars(known))
    expect(values['concentration_idx_v1.hhi']).toEqual([NOTHING, 0.625])
    expect(values['concentration_idx_v1.top_weight']).toEqual([NOTHING, 0.75])
  })
})

describe('portfolio_dd_v1', () => {
  it('falls from the peak and counts bars since a bar stood there', () => {
    const equities = [NOTHING, 80, 100, 75, 0, 50, 100, 100, 90]
    const peaks = [NOTHING, 80, 100, 100, 100, 100, 100, 100, 100]
    const known = equities.map((equity, index) => ({
      'portfolio.equity': equity,
      'portfolio.peak_equity': peaks[index] ?? NOTHING,
    }))
    const values = foldSide(sideEngine('portfolio_dd_v1'), bars(known))
    const drawdowns = values['portfolio_dd_v1.dd'] ?? []
    expect(drawdowns.map((dd) => Math.round(dd * 1e12) / 1e12)).toEqual([
      NOTHING,
      ...[0, 0, -0.25, NOTHING, -0.5, 0, 0, -0.1],
    ])
    expect(values['portfolio_dd_v1.bars_since_peak']).toEqual([NOTHING, 0, 0, 1, NOTHING, 3, 0, 0, 1])
  })
})

describe('position_ctx_v1', () => {
  const engine = sideEngine('position_ctx_v1')
  const held = (quantity: number, entry: number, equity = 1000): Known => ({
    'portfolio.equity': equity,
    'position.quantity': quantity,
    'position.notional': quantity * 100,
    'position.average_entry': entry,
  })
  const flat = held(0, 0)
  /** Fourteen flat bars for warm-up; every bar has a true range of 2, so atr_14 is 2 and the close 100. */
  const afterWarmup = (known: readonly Known[]) => {
    const values = foldSide(engine, bars([...Array<Known>(14).fill(flat), ...known]))
    const column = (name: string) => (values[`position_ctx_v1.${name}`] ?? []).slice(14)
    return { weight: column('weight'), unrealised: column('unrealised_atr'), bars: column('holding_bars') }
  }

  it('has the weight, the gain in ranges with the sign of the position, and the bars it is held', () => {
    expect(afterWarmup([held(2, 94), held(2, 94), held(3, 98), flat, held(-1, 94), held(1, 94)])).toEqual({
      weight: [0.2, 0.2, 0.3, 0, -0.1, 0.1],
      unrealised: [3, 3, 1, 0, -3, 3],
      // Turned round without a flat bar between: a new position.
      bars: [0, 1, 2, 0, 0, 0],
    })
  })

  it('is none without a snapshot, and in part without equity, entry or range', () => {
    expect(afterWarmup([{}, held(2, NOTHING), held(2, 94, -1)])).toEqual({
      weight: [NOTHING, 0.2, NOTHING],
      unrealised: [NOTHING, NOTHING, 3],
      bars: [NOTHING, 0, 1],
    })
    const still = Array.from(
      { length: 15 },
      (): SideBar => ({ open: 100, high: 100, low: 100, close: 100, side: held(2, 94) }),
    )
    expect(foldSide(engine, still)['position_ctx_v1.unrealised_atr']?.at(-1)).toBeNaN()
  })
})
