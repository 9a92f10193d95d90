/**
 * How a state slot changes when a split of factor f (new shares per old) takes effect:
 * `x -> x * f^(volumePower - pricePower) + additiveLogPart * ln f`. Prices have price power 1, share counts volume power 1,
 * price * shares both (unchanged); the logarithm of a price has an additive log part of -1, of a share count +1.
 */
export type Dimension = {
  readonly pricePower: number
  readonly volumePower: number
  readonly additiveLogPart?: number
}

/** A slot whose change no factor describes (say, ln(1+V)): its owner computes it again from what has been rescaled. */
export const RECOMPUTE = 'recompute'

/** What a state slot declares about itself. */
export type SlotDimension = Dimension | typeof RECOMPUTE

/** Counts, positions, ratios, returns, per cents: a split leaves them alone. */
export const DIMENSIONLESS: Dimension = { pricePower: 0, volumePower: 0 }

/** Currency per share. */
export const PRICE: Dimension = { pricePower: 1, volumePower: 0 }

/** Shares. */
export const VOLUME: Dimension = { pricePower: 0, volumePower: 1 }

/** Applies a split to `size` slots from `offset`, in place. `splitFactor` = new shares per old. */
export function rescaleSlots(
  state: Float64Array,
  offset: number,
  size: number,
  dimension: Dimension,
  splitFactor: number,
): void {
  const exponent = dimension.volumePower - dimension.pricePower
  const scale = splitFactor ** Math.abs(exponent)
  const shift = (dimension.additiveLogPart ?? 0) * Math.log(splitFactor)
  for (let slot = offset; slot < offset + size; slot += 1) {
    const value = state[slot] ?? Number.NaN
    // A division, not a product with 1/f: 30 / 3 must give the 10 that the split-adjusted price has.
    state[slot] = (exponent < 0 ? value / scale : value * scale) + shift
  }
}
