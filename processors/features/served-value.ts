/** A feature as its record has it: a float32, an integer code, a boolean, a list of float32, or null. */
export type ServedValue = number | boolean | readonly number[] | null

/** The one cast of a feature's numbers to what is served; they begin at `at`. NaN is null, as is a code that is no integer. */
export type Serve = (values: Float64Array, at: number) => ServedValue

/** How many numbers a vector has; undefined for a feature that is one. */
export function vectorWidth(dtype: string): number | undefined {
  const width = /^float32\[(\d+)\]$/.exec(dtype)?.[1]
  return width === undefined ? undefined : Number(width)
}

/** The cast by dtype. A vector of which any number is missing is null. */
export function servedValueOf(dtype: string): Serve {
  const width = vectorWidth(dtype)
  if (width !== undefined) return (values, at) => servedVector(values, at, width)
  if (dtype === 'bool') return (values, at) => servedFlag(values[at] ?? Number.NaN)
  if (dtype === 'int8') return (values, at) => servedCode(values[at] ?? Number.NaN)
  return (values, at) => servedNumber(values[at] ?? Number.NaN)
}

function servedFlag(value: number): boolean | null {
  return Number.isNaN(value) ? null : value !== 0
}

// Adding 0 turns -0 into the code 0.
function servedCode(value: number): number | null {
  return Number.isInteger(value) ? value + 0 : null
}

function servedNumber(value: number): number | null {
  return Number.isNaN(value) ? null : Math.fround(value)
}

function servedVector(values: Float64Array, at: number, width: number): readonly number[] | null {
  const vector: number[] = []
  for (let index = at; index < at + width; index += 1) {
    const value = values[index] ?? Number.NaN
    if (Number.isNaN(value)) return null
    vector.push(Math.fround(value))
  }
  return vector
}
