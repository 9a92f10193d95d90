import { z } from 'zod'
import { didYouMean } from './nearest-names.ts'

/** An object with no keys but these; an unknown key is an issue that names the one that may have been meant. */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      const [key = ''] = issue.keys
      return `Unrecognized key ${JSON.stringify(key)}${didYouMean(key, known)}`
    },
  })
}
