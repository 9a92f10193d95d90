import { read } from '../ring.ts'

/**
 * Number of the centroid nearest to the `width` numbers of `values` from `offset`, by squared Euclidean distance; of two as near, the
 * lower. `centroids` holds them one after the other.
 */
export function nearestCentroid(values: Float64Array, offset: number, centroids: Float64Array, width: number): number {
  let nearest = 0
  let smallest = Number.POSITIVE_INFINITY
  for (let id = 0; id * width < centroids.length; id += 1) {
    let distance = 0
    for (let i = 0; i < width; i += 1) {
      const apart = read(values, offset + i) - read(centroids, id * width + i)
      distance += apart * apart
    }
    if (distance < smallest) {
      nearest = id
      smallest = distance
    }
  }
  return nearest
}
