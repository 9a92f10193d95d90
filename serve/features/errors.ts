import { didYouMean } from '../../catalog/nearest-names.ts'

/** Codes of what the feature service cannot answer. */
export type FeatureServiceErrorCode =
  | 'FEATURES_BAD_REQUEST'
  | 'FEATURES_UNKNOWN_SYMBOL'
  | 'FEATURES_UNKNOWN_PACK'
  | 'FEATURES_UNKNOWN_TIMEFRAME'
  | 'FEATURES_UNKNOWN_FEATURE'
  | 'FEATURES_NOT_SERVED'
  | 'FEATURES_AS_OF_AHEAD'
  | 'FEATURES_CONTRACT_CHANGED'
  | 'FEATURES_TOO_LARGE'
  | 'FEATURES_HISTORY_BEHIND'

const RETRIABLE: readonly FeatureServiceErrorCode[] = ['FEATURES_AS_OF_AHEAD', 'FEATURES_HISTORY_BEHIND']

/** A request that the feature service cannot answer; `facts` name what of it, and `code` says what to do. */
export class FeatureServiceError extends Error {
  override readonly name = 'FeatureServiceError'
  readonly code: FeatureServiceErrorCode
  readonly retriable: boolean
  readonly facts: Readonly<Record<string, unknown>>

  constructor(code: FeatureServiceErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.retriable = RETRIABLE.includes(code)
    this.facts = facts
  }
}

/** The error of a name that is none of `known`; its message shows those that are near. */
export function unknownName(
  code: Extract<FeatureServiceErrorCode, `FEATURES_UNKNOWN_${string}`>,
  what: string,
  name: string,
  known: readonly string[],
): FeatureServiceError {
  const near = didYouMean(name, known)
  const all = known.length <= 12 ? `; there are ${known.join(', ') || 'none'}` : ''
  return new FeatureServiceError(code, `No ${what} ${JSON.stringify(name)}${near === '' ? all : near}`, { name })
}

/** A time as messages show it. */
export function instant(ms: number): string {
  return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms)
}
