/** A time of the command line in UTC milliseconds: `2026-11-27`, `2026-11-27T21:00Z`, or milliseconds. Throws RangeError naming the option. */
export function parseTime(text: string, option: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const ms = isInstant ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw new RangeError(`${option} ${text} is not a time: write 2026-11-27, or with time and zone 2026-11-27T21:00Z`)
}
