import { createHash } from 'node:crypto'
import swcJest from '@swc/jest'

/**
 * Built-in objects that a module reads as names of the global scope. In the context that Jest makes for a test file each such read
 * goes through an interceptor and costs more than the arithmetic around it; as constants of the module they cost nothing. Only
 * what no test replaces is among them (a clock, for one, may be).
 */
const BUILT_INS = ['Array', 'Float64Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Set', 'String']

/** The transformer of @swc/jest, with the built-ins of each module as constants in front of its first line. */
export default {
  createTransformer(options) {
    const swc = swcJest.createTransformer(options)
    const inFront = ({ code, ...others }) => {
      const used = BUILT_INS.filter((name) => new RegExp(`\\b${name}\\b`).test(code))
      const prelude = used.length === 0 ? '' : `const { ${used.join(', ')} } = globalThis;`
      return { ...others, code: `${prelude}${code}` }
    }
    return {
      ...swc,
      getCacheKey: (...args) =>
        createHash('sha256')
          .update(swc.getCacheKey(...args))
          .update(BUILT_INS.join())
          .digest('hex')
          .slice(0, 32),
      process: (...args) => inFront(swc.process(...args)),
      processAsync: async (...args) => inFront(await swc.processAsync(...args)),
    }
  },
}
