// What DateTime64(3) is defined for; outside it the server computes years and dates that are wrong.
const firstInstant = Date.UTC(1900, 0, 1)
const afterLastInstant = Date.UTC(2300, 0, 1)

/** Whether a number is a moment that ClickHouse can keep: whole UTC epoch milliseconds of the years 1900 to 2299. */
export function isInstant(millis: number): boolean {
  return Number.isInteger(millis) && millis >= firstInstant && millis < afterLastInstant
}
