import { isZero } from '../indicators/params.ts'

/**
 * x' inv(A) x of a symmetric positive definite matrix of `x.length` rows in row order, by Cholesky's A = L L' (Golub & Van Loan,
 * Matrix Computations, 4.2): the squared length of inv(L) x. NaN where A is singular or not positive definite.
 */
export function inverseQuadraticForm(matrix: Float64Array, x: Float64Array): number {
  const size = x.length
  const lower = new Float64Array(size * size)
  const at = (row: number, column: number): number => lower[row * size + column] ?? Number.NaN
  let sum = 0
  const solved = new Float64Array(size)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = matrix[row * size + column] ?? Number.NaN
      for (let k = 0; k < column; k += 1) rest -= at(row, k) * at(column, k)
      if (row === column && !(rest > 0 && !isZero(rest))) return Number.NaN
      lower[row * size + column] = row === column ? Math.sqrt(rest) : rest / at(column, column)
    }
    let value = x[row] ?? Number.NaN
    for (let k = 0; k < row; k += 1) value -= at(row, k) * (solved[k] ?? Number.NaN)
    value /= at(row, row)
    solved[row] = value
    sum += value * value
  }
  return sum
}
