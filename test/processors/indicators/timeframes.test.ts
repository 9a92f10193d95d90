import { describe, expect, it } from '@jest/globals'
import { constant, quietBars, runScripted, type ScriptedBar } from './scripted.ts'

const nothing = Number.NaN

/** A bar of 1h with the values of the trend state on 15m and 1d. */
function hour(short: { score: number; state: number }, long: { score: number; state: number }): ScriptedBar {
  return {
    timeframe: '1h',
    side: {
      'trend_state_v1.score@15m': short.score,
      'trend_state_v1.state@15m': short.state,
      'trend_state_v1.score@1d': long.score,
      'trend_state_v1.state@1d': long.state,
    },
  }
}

describe('trend_mtf_v1', () => {
  const inputs = (score: number[], state: number[]) => ({
    'trend_state_v1.score': score,
    'trend_state_v1.state': state,
  })

  it('on 1h weighs 15m, the bar itself and 1d', () => {
    const values = runScripted('trend_mtf_v1', inputs([0.5, 0.5], [2, 2]), [
      hour({ score: -0.5, state: -1 }, { score: 0.8, state: 1 }),
      hour({ score: -0.5, state: -1 }, { score: -0.5, state: -2 }),
    ])
    expect(values.score?.[0]).toBeCloseTo(0.2 * -0.5 + 0.3 * 0.5 + 0.5 * 0.8, 15)
    expect(values.alignment?.[0]).toBeCloseTo(0.6, 15)
    expect(values.trend_state_mtf).toEqual([1, 0])
    expect([values.state_short, values.state_medium, values.state_long]).toEqual([
      [-1, -1],
      [2, 2],
      [1, -2],
    ])
  })

  it('needs h = 0.05 beyond an edge to change its state', () => {
    const same = (score: number) => hour({ score, state: 1 }, { score, state: 1 })
    const scores = [0.1, 0.24, 0.26, 0.16, 0.14, 1, -1]
    const values = runScripted('trend_mtf_v1', inputs(scores, constant(7, 1)), scores.map(same))
    expect(values.trend_state_mtf).toEqual([0, 0, 1, 1, 0, 2, -2])
  })

  it('on 1d is the day alone, and has no short timeframe', () => {
    const values = runScripted('trend_mtf_v1', inputs([-0.7], [-2]), [{ timeframe: '1d' }])
    expect(values).toEqual({
      trend_state_mtf: [-2],
      score: [-0.7],
      alignment: [1],
      state_short: [nothing],
      state_medium: [-2],
      state_long: [-2],
    })
  })

  it('is not available without one of the timeframes, nor on bars of others', () => {
    const lacking = runScripted('trend_mtf_v1', inputs([0.5, 0.5], [2, 2]), [
      { timeframe: '1h' },
      { ...hour({ score: 1, state: 2 }, { score: 1, state: 2 }), timeframe: '15m' },
    ])
    for (const values of Object.values(lacking)) expect(values).toEqual([nothing, nothing])
  })
})

describe('structure_mtf_v1', () => {
  const [up, down, sideways, transition] = [0, 1, 2, 3]
  const run = (short: number, medium: number, long: number) => {
    const side = { 'structure_state_v1.state@15m': short, 'structure_state_v1.state@1d': long }
    const values = runScripted('structure_mtf_v1', { 'structure_state_v1.state': [medium] }, [
      { timeframe: '1h', side },
    ])
    return [values.structure_state_mtf?.[0], values.score?.[0]]
  }

  it('has the direction that half of the weight goes', () => {
    expect(run(transition, transition, up)).toEqual([up, 0.5])
    expect(run(up, up, transition)).toEqual([up, 0.5])
    expect(run(sideways, sideways, down)).toEqual([down, -0.5])
    expect(run(up, down, down)).toEqual([down, 0.2 * 1 + 0.3 * -1 + 0.5 * -1])
  })

  it('goes sideways only where every timeframe does', () => {
    expect(run(sideways, sideways, sideways)).toEqual([sideways, 0])
    expect(run(sideways, transition, sideways)).toEqual([transition, 0])
    expect(run(up, down, up)[0]).toBe(transition)
  })

  it('is not available without one of the timeframes, and on 1d is the day alone', () => {
    expect(run(nothing, up, up)).toEqual([nothing, nothing])
    const day = runScripted('structure_mtf_v1', { 'structure_state_v1.state': [0, 1, 2, 3, nothing] }, quietBars(5))
    expect(day.structure_state_mtf).toEqual([0, 1, 2, 3, nothing])
    expect(day.score).toEqual([1, -1, 0, 0, nothing])
  })
})

describe('vol_mtf_v1', () => {
  const daily = 'realized_vol_20.value@1d'

  it('on 1h is the hourly volatility over the daily one, and on no other timeframe anything', () => {
    const bars: ScriptedBar[] = [
      { timeframe: '1h', side: { [daily]: 0.2 } },
      { timeframe: '1h', side: { [daily]: 0 } },
      { timeframe: '1h' },
      { timeframe: '1d', side: { [daily]: 0.2 } },
    ]
    const { ratio } = runScripted('vol_mtf_v1', { 'realized_vol_20.value': constant(4, 0.3) }, bars)
    expect(ratio?.[0]).toBeCloseTo(1.5, 15)
    expect(ratio?.slice(1)).toEqual([nothing, nothing, nothing])
  })
})
