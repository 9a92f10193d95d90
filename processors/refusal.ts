/** Why a record was refused; the closed list that a dead letter's `reason` is from. */
export const refusalReasons = [
  'NOT_AVRO',
  'UNKNOWN_SCHEMA',
  'UNEXPECTED_RECORD',
  'UNDECODABLE_BODY',
  'KEY_MISMATCH',
  'EMPTY_SYMBOL',
  'EMPTY_KEY',
  'SCOPE_MISMATCH',
  'UNKNOWN_TIMEFRAME',
  'NOT_FINITE',
  'NEGATIVE_PRICE',
  'HIGH_BELOW_LOW',
  'OPEN_OUTSIDE_RANGE',
  'CLOSE_OUTSIDE_RANGE',
  'NEGATIVE_VOLUME',
  'NEGATIVE_SIZE',
  'CROSSED_QUOTE',
  'VOLUME_MISSING',
  'TIMES_OUT_OF_ORDER',
  'FUTURE_TIME',
  'LATE',
  'REVISION',
  'UNKNOWN_EVENT_TYPE',
  'BAD_SPLIT_FACTOR',
  'CONTRACT_MISMATCH',
  'RECORD_TOO_LARGE',
  'ROW_REJECTED',
  'PROCESSING_FAILED',
] as const

/** One of {@link refusalReasons}. */
export type RefusalReason = (typeof refusalReasons)[number]

/** A refusal: the reason, and in words what was wrong with this record. */
export type Refusal = { readonly reason: RefusalReason; readonly message: string }
