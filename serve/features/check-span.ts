import { FeatureServiceError, instant } from './errors.ts'

/** Throws FEATURES_BAD_REQUEST unless `from` and `to` are times in whole milliseconds, the first before the second. */
export function checkSpan(from: number, to: number): void {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to) return
  const message = `from ${instant(from)} must be a time before to ${instant(to)}, which is excluded`
  throw new FeatureServiceError('FEATURES_BAD_REQUEST', message, { from, to })
}
