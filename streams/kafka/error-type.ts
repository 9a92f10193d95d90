/** The type that the protocol gives an error, for example `CONCURRENT_TRANSACTIONS`, of itself or of its cause. */
export function typeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('type' in error && typeof error.type === 'string') return error.type
  return 'cause' in error ? typeOf(error.cause) : undefined
}
