/** Sweeps of {@link eigenvalues}. Convergence is quadratic: 12 x 12 matrices are diagonal to the last bit after 6 to 8. */
const SWEEPS = 12

/**
 * Eigenvalues of a symmetric matrix of `size` rows in row order, largest first, by cyclic Jacobi rotations (Golub & Van Loan,
 * Matrix Computations, 8.5) in a fixed number of sweeps, so that the same matrix always gives the same bits.
 */
export function eigenvalues(matrix: Float64Array, size: number): Float64Array {
  const a = matrix.slice()
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (let p = 0; p < size - 1; p += 1) for (let q = p + 1; q < size; q += 1) rotate(a, size, p, q)
  }
  return Float64Array.from({ length: size }, (_, i) => a[i * size + i] ?? Number.NaN)
    .sort()
    .reverse()
}

/** Makes the entry (p, q) zero by a rotation in their plane. */
function rotate(a: Float64Array, size: number, p: number, q: number): void {
  const at = (row: number, column: number): number => a[row * size + column] ?? Number.NaN
  const set = (row: number, column: number, value: number): void => {
    a[row * size + column] = value
    a[column * size + row] = value
  }
  const off = at(p, q)
  if (off === 0) return
  const tau = (at(q, q) - at(p, p)) / (2 * off)
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = t * c
  for (let k = 0; k < size; k += 1) {
    if (k === p || k === q) continue
    const kp = at(k, p)
    const kq = at(k, q)
    set(k, p, c * kp - s * kq)
    set(k, q, s * kp + c * kq)
  }
  a[p * size + p] = at(p, p) - t * off
  a[q * size + q] = at(q, q) + t * off
  set(p, q, 0)
}
