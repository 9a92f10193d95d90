import { FeatureServiceError, instant } from './errors.ts'
import type { PartitionClock } from './online-view.ts'

/** What a time of a request is held to. */
export type AsOfCheck = {
  readonly asOf: number
  readonly symbols: readonly string[]
  /** Id of the view that is asked. */
  readonly view: string
  /** The clock of the symbol's own partition; undefined = nothing of it has been read. */
  readonly clockOf: (symbol: string) => PartitionClock | undefined
}

/** Throws {@link FeatureServiceError} unless the time lies before what is known of every symbol. */
export function checkAsOf({ asOf, symbols, view, clockOf }: AsOfCheck): void {
  if (!Number.isSafeInteger(asOf)) {
    throw new FeatureServiceError('FEATURES_BAD_REQUEST', `as_of is ${asOf}, not a time in whole milliseconds`)
  }
  for (const symbol of symbols) {
    const knownUntil = clockOf(symbol)?.knownUntil ?? Number.NEGATIVE_INFINITY
    if (asOf < knownUntil) continue
    const known = Number.isFinite(knownUntil)
      ? `what is known of ${symbol} ends at ${instant(knownUntil)}`
      : `nothing of the partition of ${symbol} has been read yet`
    const message =
      `${instant(asOf)} is ahead of the data of ${view}: ${known}, and an answer before that could still change. ` +
      'Ask for an earlier time, or for the newest rows by leaving as_of out'
    throw new FeatureServiceError('FEATURES_AS_OF_AHEAD', message, { symbol, asOf, knownUntil })
  }
}
