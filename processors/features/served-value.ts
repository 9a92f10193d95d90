/** A feature as its record has it: a float32, an integer code, a boolean, or null. */
export type ServedValue = number | boolean | null

/** The one cast of a value to what is served, by dtype. NaN is null, as is a code that is not an integer. */
export function servedValueOf(dtype: string): (value: number) => ServedValue {
  if (dtype === 'bool') return (value) => (Number.isNaN(value) ? null : value !== 0)
  // Adding 0 turns -0 into the code 0.
  if (dtype === 'int8') return (value) => (Number.isInteger(value) ? value + 0 : null)
  return (value) => (Number.isNaN(value) ? null : Math.fround(value))
}
