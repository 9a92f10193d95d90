import { fieldName } from '../../../catalog/indicator-column.ts'
import type { ResolvedFeature } from '../../../catalog/views.ts'

/** The formulas of NOTATION.md over whole columns, without state. */
export function bruteForce({ source, transform }: ResolvedFeature, column: (field: string) => number[]): number[] {
  const x = column(fieldName(source.indicatorId, source.output))
  const close = column('close')
  const atr = column('atr_14__value')
  const at = (values: readonly number[], bar: number) => values[bar] ?? Number.NaN
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = (values: readonly number[], ddof: number) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - ddof))
  const valueAt = (value: number, bar: number): number => {
    const before = at(x, bar - 1)
    switch (transform.kind) {
      case 'identity':
        return value
      case 'dist_atr':
        return (at(close, bar) - value) / at(atr, bar)
      case 'div_atr':
        return value / at(atr, bar)
      case 'clip':
        return value < transform.lo ? transform.lo : value > transform.hi ? transform.hi : value
      case 'min':
        return value > transform.cap ? transform.cap : value
      case 'log':
        return Math.log(value > transform.floor || Number.isNaN(value) ? value : transform.floor)
      case 'log1p':
        return Math.log(1 + value)
      case 'bucket':
        return Number.isNaN(value) ? value : transform.edges.filter((edge) => edge <= value).length
      case 'cross_above':
        return Number.isNaN(before + value) ? Number.NaN : Number(value >= transform.level && before < transform.level)
      case 'cross_below':
        return Number.isNaN(before + value) ? Number.NaN : Number(value <= transform.level && before > transform.level)
      case 'slope_z': {
        const { n } = transform
        const steps = Array.from({ length: n }, (_, ago) => at(x, bar - ago) - at(x, bar - ago - 1))
        const spread = deviation(steps, 1)
        return spread === 0 ? 0 : (value - at(x, bar - n)) / (spread * Math.sqrt(n))
      }
      case 'zscore': {
        const window = Array.from({ length: transform.n }, (_, ago) => at(x, bar - ago))
        const spread = deviation(window, transform.ddof)
        return spread === 0 ? 0 : (value - mean(window)) / spread
      }
    }
  }
  return x.map(valueAt)
}
