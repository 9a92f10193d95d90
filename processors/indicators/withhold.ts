/** Writes "not available" into some columns of the output row. */
export function withhold(out: Float64Array, columns: readonly number[]): void {
  for (const column of columns) out[column] = Number.NaN
}
